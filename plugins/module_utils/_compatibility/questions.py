# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The open questions about the server, which vendor documents leave open, and what answers each. Pure. Private to this collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.astera.data_stack.plugins.module_utils._compatibility import answers
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.answers import Answer
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.observations import Observations


class Question(NamedTuple):
    text: str
    answer: Callable[[Observations], Answer] = answers.skip_write


QUESTIONS = {
    "U1": Question("Under which name does a login return its token?", answers.find_token_name),
    "U2": Question("How long is a token valid that was asked for without RememberMe?", answers.find_token_lifetime),
    "U3": Question(
        "Which calls delete deployments and schedules?",
        answers.read_openapi(lambda verb, path: verb == "DELETE" or "delete" in path.lower(), "deletes"),
    ),
    "U4": Question("What is the activation state of a deployment called?", answers.find_activation_member),
    "U5": Question("Which verb reads the cluster's settings?", answers.find_cluster_verb),
    "U6": Question("Does the configuration show the repository's password?", answers.describe_password),
    "U7": Question("Does a new configuration restart the server?"),
    "U8": Question(
        "Which call reads the license?",
        answers.read_openapi(
            lambda verb, path: verb == "GET" and ("license" in path.lower() or "licence" in path.lower()),
            "reads a license",
        ),
    ),
    "U9": Question("Which empty body does the activation want?"),
    "U10": Question("Is LicenseKeyRegistrationModel a member of the body?", answers.find_license_wrapper),
    "U11": Question("How does an upload return the path?"),
    "U12": Question("Does an upload overwrite a file of the same name?"),
    "U13": Question("How are lists returned?", answers.describe_lists),
    "U14": Question("What do writes of deployments and schedules return?"),
    "U15": Question("When is an updateDtTm too old?"),
    "U16": Question("Are the names of schedules unique?", answers.compare_schedule_names),
    "U17": Question("How is an unknown id answered?", answers.describe_unknown_id),
    "U18": Question("What does the body of an error look like?", answers.describe_error_body),
    "U19": Question("What does a request without a token get?", answers.describe_rejection_without_token),
    "U20": Question("Which status does a refused login have?", answers.skip_refused_login),
    "U21": Question(
        "Which trace levels are there?", answers.count_other_values("/api/Schedules", "", "traceLevel", "Job")
    ),
    "U22": Question(
        "What is the authentication type of a Windows logon called?",
        answers.count_other_values("/api/Server/Config", "serverDbInfo", "authenticationType", "SqlServerAuth"),
    ),
    "U23": Question("Which format do the ends of a pause have?", answers.describe_pause_ends),
    "U24": Question("Which further members do objects have?", answers.list_further_members),
    "U25": Question("Which statuses does a failed job have?"),
    "U26": Question("Which path runs a job?", answers.find_run_path),
    "U27": Question("Are paths matched in any case?", answers.compare_path_case),
    "U28": Question("What works before the repository and the license are set?"),
    "key_case": Question("How are keys spelled?", answers.describe_key_case),
    "numbers": Question("Are numbers and booleans JSON numbers and booleans?", answers.describe_number_types),
    "empty": Question("How are empty strings and objects without values shown?", answers.describe_empty_values),
    "timestamps": Question("Which format do timestamps have?", answers.describe_timestamps),
    "paths": Question("Which separators do the server's paths have?", answers.describe_paths),
    "file_path": Question("Is there an unresolved path beside filePathResolved?", answers.find_file_path),
    "unknown_job": Question("How is the status of an unknown job answered?", answers.describe_unknown_job),
}


def answer_all(seen: Observations) -> dict[str, Answer]:
    """Return the answer to each question, with its text."""
    return {name: {"question": question.text, **question.answer(seen)} for name, question in QUESTIONS.items()}
