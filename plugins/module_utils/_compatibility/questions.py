# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The questions about the server that the vendor's documents leave open, and what answers each. Pure. Private to this collection.

An answer is a few words, its evidence names statuses, key names and formats. No value of a member, no name of an object, and
no secret is in either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from .. import _values
from .._client import responses
from .._client.client import RUN_PATH
from .._client.tokens import TOKEN_KEYS, parse_lifetime
from .._secrets import reveal
from . import shapes
from .observations import NO_CONTENT, Observation, Observations
from .published import CALLS, ENDPOINTS

_ONLY_A_WRITE = "only a write can show it, and this module only reads"
_NO_LOGIN = "a token was given, so no login was made"
_NO_OBJECT = "no object could be read"
_NO_RESPONSE = "the request was not answered"
_NO_DOCUMENT = "the server's OpenAPI document was not found"
# Of names in the text of an answer; the evidence has all of them.
_MAX_LISTED = 20

# Words, and their evidence.
Answer = tuple[str, dict[str, Any]]
_Find = Callable[[Observations], Answer]
_Found = TypeVar("_Found")


class _Unknown(Exception):
    """Nothing that was read answers the question."""


def _need(found: _Found | None, reason: str) -> _Found:
    if not found:
        raise _Unknown(reason)
    return found


class Question(NamedTuple):
    """find: returns the answer, or raises ``_Unknown``; in place of it, why a report never has one."""

    text: str
    find: _Find | str

    def answer(self, seen: Observations) -> dict[str, Any]:
        try:
            if isinstance(self.find, str):
                raise _Unknown(self.find)
            words, evidence = self.find(seen)
        except _Unknown as unknown:
            return {"question": self.text, "answer": "unknown", "reason": str(unknown)}
        return {"question": self.text, "answer": words, "evidence": evidence}


QUESTIONS: dict[str, Question] = {}


def _question(name: str, text: str) -> Callable[[_Find], _Find]:
    def register(find: _Find) -> _Find:
        QUESTIONS[name] = Question(text, find)
        return find

    return register


@_question("U1", "Under which name does a login return its token?")
def _find_token_name(seen: Observations) -> Answer:
    content = _need(seen.login, _NO_LOGIN).content
    found = (_values.find_key(content, key) for key in TOKEN_KEYS if isinstance(content, dict))
    name = _need(next(filter(None, found), None), "it has another name")
    return f"as {name}", {"token_name": name}


@_question("U2", "How long is a token valid that was asked for without RememberMe?")
def _find_token_lifetime(seen: Observations) -> Answer:
    content = _need(seen.login, _NO_LOGIN).content
    texts = content.values() if isinstance(content, dict) else ()
    lifetimes = (parse_lifetime(str(reveal(text))) for text in texts)
    seconds = _need(next((int(each) for each in lifetimes if each and each < 10**9), None), "it is not in the token")
    return f"{seconds} seconds", {"token_seconds": seconds}


def _list_requests(seen: Observations, wanted: Callable[[str, str], bool], what: str) -> Answer:
    """Return the answer from the names of the requests in the server's own document."""
    document = _need(seen.openapi, f"{_NO_DOCUMENT}, and no published page describes such a call")
    found = [call for call in document.other_calls(())["of_interest"] if wanted(*call.split(" ", 1))]
    return ", ".join(found) or f"no call that {what} is in the server's document", {"calls": found}


@_question("U3", "Which calls delete deployments and schedules?")
def _list_deletions(seen: Observations) -> Answer:
    return _list_requests(seen, lambda verb, path: verb == "DELETE" or "delete" in path.lower(), "deletes")


@_question("U8", "Which call reads the license?")
def _list_license_reads(seen: Observations) -> Answer:
    return _list_requests(
        seen,
        lambda verb, path: verb == "GET" and ("license" in path.lower() or "licence" in path.lower()),
        "reads a license",
    )


@_question("U4", "What is the activation state of a deployment called?")
def _find_activation_member(seen: Observations) -> Answer:
    shape = _need(seen.shapes.get("/api/Deployments"), "there is no deployment")
    if _formats_of(shape, "isActive") != {"absent"}:
        return "isActive", {"deployment_activation": "shown"}
    flags = [key for key in _further_members(seen, "/api/Deployments") if "boolean" in str(shape.get(key))]
    if flags:
        members = sorted(key.rstrip("?") for key in flags)
        return (
            "not isActive; another boolean member could be it",
            {"deployment_activation": "renamed", "members": members},
        )
    return "no member shows it", {"deployment_activation": "hidden"}


def _further_members(seen: Observations, path: str) -> list[str]:
    members = ENDPOINTS[path].members
    return sorted(key for key in seen.shapes.get(path, {}) if not members.knows(key.rstrip("?")))


@_question("U5", "Which verb reads the cluster's settings?")
def _find_cluster_verb(seen: Observations) -> Answer:
    found = _need(seen.first("/api/Cluster"), _NO_RESPONSE)
    if not found.accepted:
        return f"not GET: HTTP {found.status}", {"cluster_get": found.status}
    return "GET", {"cluster_get": found.status}


@_question("U6", "Does the configuration show the repository's password?")
def _describe_password(seen: Observations) -> Answer:
    shape = seen.shapes.get("/api/Server/Config", {})
    repository = [place for place, _kind in shapes.formats(shape) if place.lower().startswith("serverdbinfo.")]
    _need(repository, "the configuration shows no repository")
    (shown, *_others) = _formats_of(shape, "serverDbInfo.password")
    if shown == "absent":
        return "it is left out", {"config_password": "omit"}
    word = {"null": "null", "empty string": "empty", "masked secret": "mask"}.get(shown, "echo")
    return "it is shown" if word == "echo" else f"it is shown as {shown}", {"config_password": word}


@_question("U10", "Is LicenseKeyRegistrationModel a member of the body?")
def _find_license_wrapper(seen: Observations) -> Answer:
    call = next(item for item in CALLS if item.path == "/api/License/Key")
    result = _need(seen.openapi, _ONLY_A_WRITE).compare(call)["result"]
    return "yes" if result == "present" else "the document shows another body", {"openapi": result}


@_question("U13", "How are lists returned?")
def _describe_lists(seen: Observations) -> Answer:
    found: dict[str, str] = {}
    for path in ("/api/Deployments", "/api/Schedules"):
        read = seen.first(path)
        if read is None or not read.accepted:
            continue
        content = None if read.content is NO_CONTENT else read.content
        wrapper, items = responses.find_list(content)
        keys = {key if shapes.is_plain_name(key) else shapes.HIDDEN_KEY for key in wrapper}
        form = "no content" if read.content is NO_CONTENT else "null" if read.content is None else "array"
        found[path] = f"object with {', '.join(sorted(keys))}" if wrapper else form
        if items is None:
            found[path] += ", not understood"
    return "; ".join(sorted(set(_need(found, "no list could be read").values()))), found


@_question("U16", "Are the names of schedules unique?")
def _compare_schedule_names(seen: Observations) -> Answer:
    names = [_values.name_key(_values.get(item, "name", "")) for item in seen.objects("/api/Schedules")]
    _need(len(names) != len(set(names)), "no two schedules have one name, which proves nothing")
    return "no: two schedules have one name", {"unique_schedule_names": False}


@_question("U17", "How is an unknown id answered?")
def _describe_unknown_id(seen: Observations) -> Answer:
    found = _need(seen.unknown_id, _NO_RESPONSE)
    return f"HTTP {found.status}", {"unknown_id_status": found.status, "body": found.body_shape()}


@_question("U18", "What does the body of an error look like?")
def _describe_error_body(seen: Observations) -> Answer:
    reads = [seen.unknown_id, seen.unknown_job, *(item for each in seen.reads.values() for item in each)]
    found = _need(next((item for item in reads if item and item.status >= 400), None), "no read was refused")
    return _body_type(found), {"status": found.status, "content_type": found.kind, "body": found.body_shape()}


def _body_type(found: Observation) -> str:
    if found.content is NO_CONTENT:
        return f"{found.text} body"
    kinds = {dict: "JSON object", list: "JSON array", str: "JSON string"}
    return next((words for kind, words in kinds.items() if isinstance(found.content, kind)), "another JSON value")


@_question("U19", "What does a request without a token get?")
def _describe_rejection_without_token(seen: Observations) -> Answer:
    found = _need(seen.without_token, _NO_RESPONSE)
    challenge = "with" if "www-authenticate" in found.headers else "without"
    words = f"HTTP {found.status}, {_body_type(found)}, {challenge} WWW-Authenticate"
    return words, {"status": found.status, "body": found.body_shape()}


@_question("U23", "Which format do the ends of a pause have?")
def _describe_pause_ends(seen: Observations) -> Answer:
    shape = _need(seen.shapes.get("/api/Cluster"), "the cluster's settings could not be read")
    kinds = _formats_of(shape, "pauseServersFrom") | _formats_of(shape, "pauseServersTo")
    _need(kinds - {"null", "absent"}, "no pause is set, so both are null")
    return ", ".join(sorted(kinds)), {}


@_question("U24", "Which further members do objects have?")
def _list_further_members(seen: Observations) -> Answer:
    _need(seen.shapes, _NO_OBJECT)
    found = {path: [key.rstrip("?") for key in _further_members(seen, path)] for path in seen.shapes}
    listed = {path: names for path, names in found.items() if names}
    words = ", ".join(sorted(set().union(*listed.values()))[:_MAX_LISTED])
    count = sum(map(len, listed.values()))
    return f"{count} beyond the published ones, such as {words}" if count else "none", listed


@_question("U26", "Which path runs a job?")
def _find_run_path(seen: Observations) -> Answer:
    found = "POST" in _need(seen.openapi, _NO_DOCUMENT).verbs_of(RUN_PATH)
    return RUN_PATH if found else f"not {RUN_PATH}", {"openapi": "present" if found else "absent"}


@_question("U27", "Are paths matched in any case?")
def _compare_path_case(seen: Observations) -> Answer:
    usual, other = seen.first("/api/ServerInfo"), seen.other_case
    if usual is None or other is None or not usual.accepted:
        raise _Unknown("/api/ServerInfo could not be read")
    same = other.status == usual.status
    return "yes" if same else f"no: HTTP {other.status}", {"path_case": "any" if same else "exact"}


@_question("key_case", "How are keys spelled?")
def _describe_key_case(seen: Observations) -> Answer:
    cases = set()
    for path, shape in seen.shapes.items():
        members = ENDPOINTS[path].members
        for place, _format in shapes.walk(shape):
            key = place.rpartition(".")[2]
            if key and members.knows(place.replace("?", "")):
                cases.add("pascal" if key[0].isupper() else "camel")
    case = "mixed" if len(_need(cases, _NO_OBJECT)) > 1 else cases.pop()
    return case, {"key_case": case}


@_question("numbers", "Are numbers and booleans JSON numbers and booleans?")
def _describe_number_types(seen: Observations) -> Answer:
    """Only of published members whose types are known: of any other, a string of digits might be meant as one."""
    numbers, booleans = (_formats_by_type(seen, kind) - {"null", "empty string", "absent"} for kind in ("int", "bool"))
    _need(numbers | booleans, _NO_OBJECT)
    strings = "number as string" in numbers
    digits = bool(booleans & {"integer", "number as string"})
    kind = "numbers" if digits else "strings" if "boolean as string" in booleans else "booleans"
    return (
        f"numbers are {'strings' if strings else 'numbers'} and booleans are {kind}",
        {"numbers_as_strings": strings, "booleans_as_numbers": digits},
    )


@_question("empty", "How are empty strings and objects without values shown?")
def _describe_empty_values(seen: Observations) -> Answer:
    # A pause that is not set is null, as published.
    kinds = _formats_by_type(seen, "str", without="pauseServers") & {"absent", "empty string", "null"}
    forms = sorted(_need(kinds, "no published string is empty"))
    return ", ".join(forms), {"forms": forms}


def _formats_by_type(seen: Observations, kind: str, without: str = " ") -> set[str]:
    """Return the formats of the published members of a type, but for those inside other members."""
    found: set[str] = set()
    for path, shape in seen.shapes.items():
        for item in ENDPOINTS[path].fields:
            if item.type == kind and "." not in item.key and not item.key.startswith(without):
                found |= _formats_of(shape, item.key)
    return found


def _formats_of(shape: dict[str, Any], place: str) -> set[str]:
    """Return the formats of a member, ``absent`` among them if an object does not have it."""
    found = {each: kind for each, kind in shapes.walk(shape) if each.replace("?", "").lower() == place.lower()}
    kinds = {part for kind in found.values() for part in str(kind).split(" or ")}
    return kinds if found and not any(each.endswith("?") for each in found) else {*kinds, "absent"}


@_question("timestamps", "Which format do timestamps have?")
def _describe_timestamps(seen: Observations) -> Answer:
    stamps = _formats_anywhere(seen, "timestamp, ", ("createddttm", "updatedttm"))
    starts = _formats_anywhere(seen, "timestamp, ", ("starttime",))
    return "; ".join(_need(stamps or starts, "no object shows a timestamp")), {"stamps": stamps, "start_times": starts}


@_question("paths", "Which separators do the server's paths have?")
def _describe_paths(seen: Observations) -> Answer:
    forms = _need(_formats_anywhere(seen, "path with "), "no member holds a path with a drive")
    return "; ".join(forms), {"forms": forms}


def _formats_anywhere(seen: Observations, prefix: str, keys: Iterable[str] = ()) -> list[str]:
    """Return the formats with a prefix, of members at any depth that have one of these keys."""
    found = {
        kind
        for shape in seen.shapes.values()
        for place, kind in shapes.formats(shape)
        if kind.startswith(prefix) and (not keys or place.rpartition(".")[2].rstrip("?").lower() in keys)
    }
    return sorted(found)


@_question("file_path", "Is there an unresolved path beside filePathResolved?")
def _find_file_path(seen: Observations) -> Answer:
    shape = _need(seen.shapes.get("/api/Schedules"), "there is no schedule")
    found = _formats_of(shape, "filePath") != {"absent"}
    return "yes, as filePath" if found else "no member is called filePath", {"file_path": found}


@_question("unknown_job", "How is the status of an unknown job answered?")
def _describe_unknown_job(seen: Observations) -> Answer:
    found = _need(seen.unknown_job, _NO_RESPONSE)
    status = responses.parse_job_status(found.content)
    word = status if status in ("Invalid", "Unknown") else ""
    evidence = {"unknown_job": word or str(found.status), "body": found.body_shape()}
    return f"HTTP {found.status}{', ' + word if word else ''}", evidence


_NEEDS_A_WRITE = {
    "U7": "Does a new configuration restart the server?",
    "U9": "Which empty body does the activation want?",
    "U11": "How does an upload return the path?",
    "U12": "Does an upload overwrite a file of the same name?",
    "U14": "What do writes of deployments and schedules return?",
    "U15": "When is an updateDtTm too old?",
    "U25": "Which statuses does a failed job have?",
    "U28": "What works before the repository and the license are set?",
}
_NEEDS_A_VALUE = {
    "U21": "Which trace levels are there?",
    "U22": "What is the authentication type of a Windows logon called?",
}
QUESTIONS.update({name: Question(text, _ONLY_A_WRITE) for name, text in _NEEDS_A_WRITE.items()})
QUESTIONS.update({name: Question(text, "a report holds no values") for name, text in _NEEDS_A_VALUE.items()})
QUESTIONS["U20"] = Question(
    "Which status does a refused login have?", "only a rejected login could show it, and accounts get locked"
)


def answer_all(seen: Observations) -> dict[str, dict[str, Any]]:
    """Return the answer to each question, with its text."""
    return {name: question.answer(seen) for name, question in QUESTIONS.items()}
