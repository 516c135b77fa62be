# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules by which the fake controller rejects credential types and surveys, as AWX does."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLE = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")
ANSWERS = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "integer": int, "float": float}


class Refused(Exception):
    """Status 400 with AWX's words."""

    def __init__(self, words: dict[str, Any]) -> None:
        super().__init__(str(words))
        self.words = words


def check_credential_type(item: dict[str, Any]) -> None:
    """As AWX does: the fields one by one, then each injector is rendered as if all fields were filled in."""
    if item["kind"] not in ("cloud", "net"):
        raise Refused({"kind": ["Must be 'cloud' or 'net'."]})
    ids = []
    for field in item["inputs"].get("fields", []):
        allowed = {
            "id",
            "type",
            "label",
            "help_text",
            "secret",
            "multiline",
            "choices",
            "default",
            "format",
        }
        kind = {"string": str, "boolean": bool}[field.get("type", "string")]
        wrong = [
            bool(set(field) - allowed) or not {"id", "label"} <= set(field),
            not VARIABLE.match(field["id"]) or field["id"] == "tower" or field["id"] in ids,
            "default" in field and not isinstance(field["default"], kind),
            kind is bool and bool({"choices", "multiline", "format", "secret"} & set(field)),
            any(not isinstance(choice, str) for choice in field.get("choices", [])),
        ]
        if any(wrong):
            raise Refused({"inputs": [f"{field} is not a field"]})
        ids.append(field["id"])
    files = item["injectors"].get("file", {})
    if any(not re.match(r"^template(\.[a-zA-Z_][a-zA-Z0-9_]*)?$", name) for name in files):
        raise Refused({"injectors": [f"{sorted(files)} are no files"]})
    if "template" in files and len(files) > 1:
        raise Refused({"injectors": ["Must use multi-file syntax when injecting multiple files"]})
    names = {name.split(".")[1]: "EXAMPLE" for name in files if "." in name}
    namespace = {**dict.fromkeys(ids, "EXAMPLE"), "tower": {"filename": names}}
    variables = item["injectors"].get("env", {})
    if set(item["injectors"]) - {"file", "env", "extra_vars"} or any(
        name.startswith("ANSIBLE_") or name == "PATH" for name in variables
    ):
        raise Refused({"injectors": ["Environment variable is not allowed."]})
    for text in [*files.values(), *variables.values(), *item["injectors"].get("extra_vars", {}).values()]:
        try:
            ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(text).render(namespace)
        except TemplateError as error:
            raise Refused({"injectors": [f"{text} uses an undefined field ({error})"]}) from error


def check_survey(survey: dict[str, Any]) -> None:
    if not all(isinstance(survey.get(key), str) for key in ("name", "description")) or not survey.get("spec"):
        raise Refused({"error": "A survey needs a name, a description and questions."})
    seen = set()
    for question in survey["spec"]:
        missing = {"question_name", "variable", "type", "required"} - set(question)
        if missing or question["type"] not in ANSWERS or question["variable"] in seen:
            raise Refused({"error": f"{question.get('question_name')} is not a question."})
        seen.add(question["variable"])
        if question["type"] == "multiplechoice" and not question.get("choices"):
            raise Refused({"error": f"{question['question_name']} needs choices."})
        default = question.get("default", "")
        # To Python, true is a number, too.
        if default != "" and (not isinstance(default, ANSWERS[question["type"]]) or isinstance(default, bool)):
            raise Refused({"error": f"The default of {question['question_name']} is not of its type."})
        if question["type"] == "multiplechoice" and default != "" and default not in question["choices"]:
            raise Refused({"error": f"The default of {question['question_name']} is none of its choices."})


def check_rrule(rule: str) -> None:
    """Reject a rule of a schedule without one start that has a time zone, or without an interval."""
    rules = re.findall(r"RULE:\S*", rule)
    starts = re.findall(r"DTSTART(;TZID=[^:]+)?:\d{8}T\d{6}(Z)?", rule)
    if len(starts) != 1 or not any(starts[0]) or not rules or any("INTERVAL=" not in each for each in rules):
        raise Refused({"rrule": [f"{rule} is not one DTSTART with a time zone, and RRULEs with an INTERVAL"]})
