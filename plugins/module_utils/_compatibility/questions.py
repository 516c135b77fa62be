# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The open questions about the server, and what reads of a real one answer. Pure. Private to this collection.

Vendor documents leave these questions open. An answer is a few words, its evidence names statuses, key names and formats. No
value of a member, no name of an object, and no secret is in either.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._client import responses
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility import shapes
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.openapi import OpenApiDocument
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.published import CALLS, TEXTS, TYPED
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import reveal

NO_CONTENT = object()
NEEDS_A_WRITE = "only a write can show it, and this module only reads"
_NEEDS_A_REFUSAL = "only a refused login could show it, and accounts get locked"
_CONTENT_TYPES = (
    "application/json",
    "application/problem+json",
    "text/json",
    "text/plain",
    "text/html",
    "application/xml",
)
# Of names in the text of an answer; the evidence has all of them.
_MAX_LISTED = 20
_TOKEN_NAMES = ("access_token", "accessToken", "token", "AccessToken", "Token", "Access_Token")

QUESTIONS = {
    "U1": "Under which name does a login return its token?",
    "U2": "How long is a token valid that was asked for without RememberMe?",
    "U3": "Which calls delete deployments and schedules?",
    "U4": "What is the activation state of a deployment called?",
    "U5": "Which verb reads the cluster's settings?",
    "U6": "Does the configuration show the repository's password?",
    "U7": "Does a new configuration restart the server?",
    "U8": "Which call reads the license?",
    "U9": "Which empty body does the activation want?",
    "U10": "Is LicenseKeyRegistrationModel a member of the body?",
    "U11": "How does an upload return the path?",
    "U12": "Does an upload overwrite a file of the same name?",
    "U13": "How are lists returned?",
    "U14": "What do writes of deployments and schedules return?",
    "U15": "When is an updateDtTm too old?",
    "U16": "Are the names of schedules unique?",
    "U17": "How is an unknown id answered?",
    "U18": "What does the body of an error look like?",
    "U19": "What does a request without a token get?",
    "U20": "Which status does a refused login have?",
    "U21": "Which trace levels are there?",
    "U22": "What is the authentication type of a Windows logon called?",
    "U23": "Which format do the ends of a pause have?",
    "U24": "Which further members do objects have?",
    "U25": "Which statuses does a failed job have?",
    "U26": "Which path runs a job?",
    "U27": "Are paths matched in any case?",
    "U28": "What works before the repository and the license are set?",
    "key_case": "How are keys spelled?",
    "numbers": "Are numbers and booleans JSON numbers and booleans?",
    "empty": "How are empty strings and objects without values shown?",
    "timestamps": "Which format do timestamps have?",
    "paths": "Which separators do the server's paths have?",
    "file_path": "Is there an unresolved path beside filePathResolved?",
    "unknown_job": "How is the status of an unknown job answered?",
}


@dataclass
class Observation:
    """One response. content: its JSON with secrets wrapped, or ``NO_CONTENT``; text: whether the body is text that is not JSON."""

    status: int
    content_type: str
    content: Any = NO_CONTENT
    text: str = "empty"
    headers: frozenset[str] = frozenset()

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """The content type, if it is one of the usual ones."""
        if not self.content_type:
            return "none"
        return self.content_type if self.content_type in _CONTENT_TYPES else "another"

    def body_shape(self) -> Any:
        return self.text if self.content is NO_CONTENT else shapes.describe(self.content)


@dataclass
class Observations:
    """What was read: by endpoint, such as ``/api/Cluster``, one observation for each of the two reads."""

    reads: dict[str, list[Observation]] = field(default_factory=dict)
    members: dict[str, shapes.Members] = field(default_factory=dict)
    login: Observation | None = None
    unknown_id: Observation | None = None
    unknown_job: Observation | None = None
    without_token: Observation | None = None
    other_case: Observation | None = None
    openapi: OpenApiDocument | None = None

    def first(self, path: str) -> Observation | None:
        return next(iter(self.reads.get(path, ())), None)

    def content(self, path: str) -> Any:
        found = self.first(path)
        return found.content if found and found.accepted else NO_CONTENT

    def objects(self, path: str, name: str) -> list[dict[str, Any]]:
        content = self.content(path)
        return (responses.find_list(content, name)[1] or []) if content is not NO_CONTENT else []

    def all_objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each object that was read, with the endpoint that it is from, out of what it is wrapped in."""
        for path, keys in (("/api/Server/Config", responses.CONFIG_KEYS), ("/api/Cluster", responses.CLUSTER_KEYS)):
            found = responses.find_object(self.content(path), keys)
            if found is not None:
                yield path, found
        for path, name in (("/api/Deployments", "deployments"), ("/api/Schedules", "schedules")):
            for item in self.objects(path, name):
                yield path, item


Answer = dict[str, Any]


def _answer(answer: str, **evidence: Any) -> Answer:
    return {"answer": answer, "evidence": evidence}


def _unknown(reason: str) -> Answer:
    return {"answer": "unknown", "reason": reason}


def answer_all(seen: Observations) -> dict[str, Answer]:
    """Return the answer to each question, with its text."""
    return {name: {"question": text, **_ANSWERS.get(name, _never)(seen)} for name, text in QUESTIONS.items()}


def _never(_seen: Observations) -> Answer:
    return _unknown(NEEDS_A_WRITE)


def _token_name(seen: Observations) -> Answer:
    if seen.login is None:
        return _unknown("a token was given, so no login was made")
    if not isinstance(seen.login.content, dict):
        return _answer("the token is the whole response", token_place="text" if seen.login.text == "empty" else "plain")
    for place, holder in [("member", seen.login.content), *(("nested", item) for item in seen.login.content.values())]:
        for name in holder if isinstance(holder, dict) else ():
            if name in _TOKEN_NAMES:
                return _answer(f"as {name}", token_name=name, token_place=place)
    return _answer("under another name", token_place="member")


def _token_lifetime(seen: Observations) -> Answer:
    if seen.login is None:
        return _unknown("a token was given, so no login was made")
    for token in _texts(seen.login.content):
        seconds = _lifetime(token)
        if seconds is not None:
            return _answer(f"{seconds} seconds", token_seconds=seconds)
    return _unknown("the token does not show its lifetime")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, str):
        yield str(reveal(value))


def _lifetime(token: str) -> int | None:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        seconds = int(claims["exp"]) - int(claims["iat"])
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return seconds if 0 < seconds < 10**9 else None


def _from_openapi(pick: Callable[[str, str], bool], what: str) -> Callable[[Observations], Answer]:
    """An answer out of the names of the calls in the server's own document."""

    def answer(seen: Observations) -> Answer:
        if seen.openapi is None:
            return _unknown("the server's OpenAPI document was not found, and no published page describes such a call")
        plain = seen.openapi.other_calls(())["of_interest"]
        found = [call for call in plain if pick(*call.split(" ", 1))]
        listed = ", ".join(found) if found else f"no call that {what} is in the server's document"
        return _answer(listed, calls=found)

    return answer


def _activation(seen: Observations) -> Answer:
    deployments = seen.objects("/api/Deployments", "deployments")
    if not deployments:
        return _unknown("there is no deployment")
    if any(_values.find_key(item, "isActive") for item in deployments):
        return _answer("isActive", deployment_activation="shown")
    members = seen.members["/api/Deployments"]
    flags = {
        key
        for item in deployments
        for key, value in item.items()
        if shapes.describe_scalar(value).startswith("boolean") and members.shows(key) and not members.knows(key)
    }
    if flags:
        return _answer(
            "not isActive; another boolean member could be it", deployment_activation="renamed", members=sorted(flags)
        )
    return _answer("no member shows it", deployment_activation="hidden")


def _cluster_verb(seen: Observations) -> Answer:
    found = seen.first("/api/Cluster")
    if found is None:
        return _unknown("the request was not answered")
    if not found.accepted:
        return _answer(f"not GET: HTTP {found.status}", cluster_get=found.status)
    whole = responses.find_object(found.content, responses.CLUSTER_KEYS) if found.content is not NO_CONTENT else None
    holders = found.content.values() if isinstance(found.content, dict) else [found.content]
    listed = any(isinstance(holder, list) and whole in holder for holder in holders)
    shape = "none" if whole is None else "list" if listed else "object"
    return _answer("GET", cluster_get=found.status, cluster_shape=shape)


def _password(seen: Observations) -> Answer:
    config = responses.find_object(seen.content("/api/Server/Config"), responses.CONFIG_KEYS)
    info = _values.get(config or {}, "serverDbInfo")
    if not isinstance(info, dict):
        return _unknown("the configuration shows no repository")
    name = _values.find_key(info, "password")
    if name is None:
        return _answer("it is left out", config_password="omit")
    words = {"null": "null", "empty string": "empty", "masked secret": "mask"}
    kind = shapes.describe_scalar(info[name], "password")
    shown = words.get(kind, "echo")
    return _answer("it is shown" if shown == "echo" else f"it is shown as {kind}", config_password=shown)


def _license_wrapper(seen: Observations) -> Answer:
    if seen.openapi is None:
        return _unknown(NEEDS_A_WRITE)
    call = next(item for item in CALLS if item.path == "/api/License/Key")
    found = seen.openapi.compare(call)
    return _answer(
        "yes" if found["result"] == "present" else "the document shows another body", openapi=found["result"]
    )


def _list_shape(seen: Observations) -> Answer:
    found: dict[str, str] = {}
    for path, name in (("/api/Deployments", "deployments"), ("/api/Schedules", "schedules")):
        read = seen.first(path)
        if read is None or not read.accepted:
            continue
        wrappers, items = responses.find_list(None if read.content is NO_CONTENT else read.content, name)
        keys = sorted({_shown(key) for wrapper in wrappers for key in wrapper})
        form = "no content" if read.content is NO_CONTENT else "null" if read.content is None else "array"
        found[path] = f"object with {', '.join(keys)}" if wrappers else form
        if items is None:
            found[path] += ", not understood"
    return _answer("; ".join(sorted(set(found.values()))), **found) if found else _unknown("no list could be read")


def _shown(key: str) -> str:
    return key if shapes.is_plain_name(key) else shapes.HIDDEN_KEY


def _unique_schedules(seen: Observations) -> Answer:
    names = [_values.name_key(_values.get(item, "name", "")) for item in seen.objects("/api/Schedules", "schedules")]
    if len(names) != len(set(names)):
        return _answer("no: two schedules have one name", unique_schedule_names=False)
    return _unknown("no two schedules have one name, which proves nothing")


def _unknown_id(seen: Observations) -> Answer:
    if seen.unknown_id is None:
        return _unknown("the request was not answered")
    return _answer(
        f"HTTP {seen.unknown_id.status}", unknown_id_status=seen.unknown_id.status, body=seen.unknown_id.body_shape()
    )


def _error_body(seen: Observations) -> Answer:
    for found in (seen.unknown_id, seen.unknown_job, *(item for reads in seen.reads.values() for item in reads)):
        if found is not None and found.status >= 400:
            return _answer(_body_words(found), status=found.status, content_type=found.kind, body=found.body_shape())
    return _unknown("no read was refused")


def _body_words(found: Observation) -> str:
    if found.content is NO_CONTENT:
        return f"{found.text} body"
    kinds = {dict: "JSON object", list: "JSON array", str: "JSON string"}
    return next((words for kind, words in kinds.items() if isinstance(found.content, kind)), "another JSON value")


def _no_token(seen: Observations) -> Answer:
    found = seen.without_token
    if found is None:
        return _unknown("the request was not answered")
    challenge = "with" if "www-authenticate" in found.headers else "without"
    return _answer(
        f"HTTP {found.status}, {_body_words(found)}, {challenge} WWW-Authenticate",
        status=found.status,
        body=found.body_shape(),
    )


def _refused_login(_seen: Observations) -> Answer:
    return _unknown(_NEEDS_A_REFUSAL)


def _other_values(path: str, name: str, key: str, published: str) -> Callable[[Observations], Answer]:
    """Whether a member has another value than the published one, without that value."""

    def answer(seen: Observations) -> Answer:
        values = [_values.get(item, key) for place, item in seen.all_objects() if place == path]
        if path == "/api/Server/Config":
            values = [_values.get(info, key) for info in values_of(seen, path, name)]
        known = [value for value in values if not _values.is_empty(value)]
        if not known:
            return _unknown("no object shows one")
        others = sum(value != published for value in known)
        return _answer(
            f"{len(set(map(str, known)))} different ones are in use"
            if others
            else f"only the published one, {published}, is in use"
        )

    return answer


def values_of(seen: Observations, path: str, name: str) -> list[dict[str, Any]]:
    found = [_values.get(item, name) for place, item in seen.all_objects() if place == path]
    return [item for item in found if isinstance(item, dict)]


def _pause_format(seen: Observations) -> Answer:
    cluster = responses.find_object(seen.content("/api/Cluster"), responses.CLUSTER_KEYS)
    if cluster is None:
        return _unknown("the cluster's settings could not be read")
    kinds = {shapes.describe_scalar(_values.get(cluster, key)) for key in ("pauseServersFrom", "pauseServersTo")}
    if kinds == {"null"}:
        return _unknown("no pause is set, so both are null")
    return _answer(", ".join(sorted(kinds)))


def _further_members(seen: Observations) -> Answer:
    found: dict[str, set[str]] = {}
    for path, item in seen.all_objects():
        members = seen.members[path]
        names = {shapes.HIDDEN_KEY if not members.shows(key) else key for key in item if not members.knows(key)}
        found.setdefault(path, set()).update(names)
    if not found:
        return _unknown("no object could be read")
    count = sum(map(len, found.values()))
    listed = {path: sorted(names) for path, names in found.items() if names}
    words = ", ".join(sorted(set().union(*listed.values()))[:_MAX_LISTED])
    return _answer(f"{count} beyond the published ones, such as {words}" if count else "none", **listed)


def _run_path(seen: Observations) -> Answer:
    if seen.openapi is None:
        return _unknown("the server's OpenAPI document was not found")
    verbs = seen.openapi.verbs_of("/api/CommandLineProcessor")
    found = "POST" in verbs
    return _answer(
        "/api/CommandLineProcessor" if found else "not /api/CommandLineProcessor",
        openapi="present" if found else "absent",
    )


def _path_case(seen: Observations) -> Answer:
    usual, other = seen.first("/api/ServerInfo"), seen.other_case
    if usual is None or other is None or not usual.accepted:
        return _unknown("/api/ServerInfo could not be read")
    same = other.status == usual.status
    return _answer("yes" if same else f"no: HTTP {other.status}", path_case="any" if same else "exact")


def _key_case(seen: Observations) -> Answer:
    cases = {path: shapes.key_case(item, seen.members[path]) for path, item in seen.all_objects()}
    kinds = set(cases.values()) - {"none"}
    if not kinds:
        return _unknown("no object could be read")
    case = kinds.pop() if len(kinds) == 1 else "mixed"
    return _answer(case, key_case=case)


def _number_types(seen: Observations) -> Answer:
    """By the published members whose types are known: of any other a string of digits might be meant as one."""
    numbers: set[str] = set()
    booleans: set[str] = set()
    for path, item in seen.all_objects():
        for key, kind in TYPED[path].items():
            value = _values.get(item, key)
            if isinstance(value, (str, int, float)) and value != "":
                (numbers if kind == "int" else booleans).add(shapes.describe_scalar(value))
    if not numbers and not booleans:
        return _unknown("no object could be read")
    texts = "number as string" in numbers
    digits = bool(booleans & {"integer", "number as string"})
    words = [
        "numbers are strings" if texts else "numbers are numbers",
        "booleans are numbers"
        if digits
        else "booleans are strings"
        if "boolean as string" in booleans
        else "booleans are booleans",
    ]
    return _answer(" and ".join(words), numbers_as_strings=texts, booleans_as_numbers=digits)


def _empty_values(seen: Observations) -> Answer:
    kinds: set[str] = set()
    for path, item in seen.all_objects():
        for key in TEXTS[path]:
            name = _values.find_key(item, key)
            value = item[name] if name else None
            if name is None:
                kinds.add("absent")
            elif value is None or value == "":
                kinds.add(shapes.describe_scalar(value))
    return _answer(", ".join(sorted(kinds)), forms=sorted(kinds)) if kinds else _unknown("no published string is empty")


def _timestamp_format(seen: Observations) -> Answer:
    found = _formats_of(seen, lambda path: _ends_with(path, ("createddttm", "updatedttm")), "timestamp, ")
    starts = _formats_of(seen, lambda path: _ends_with(path, ("starttime",)), "timestamp, ")
    if not found and not starts:
        return _unknown("no object shows a timestamp")
    return _answer("; ".join(sorted(found or starts)), stamps=sorted(found), start_times=sorted(starts))


def _path_style(seen: Observations) -> Answer:
    found = _formats_of(seen, lambda _path: True, "path with ")
    return (
        _answer("; ".join(sorted(found)), forms=sorted(found))
        if found
        else _unknown("no member holds a path with a drive")
    )


def _formats_of(seen: Observations, wanted: Callable[[str], bool], prefix: str) -> set[str]:
    found = set()
    for place, item in seen.all_objects():
        for path, kind in shapes.formats(shapes.describe(item, seen.members[place])):
            if kind.startswith(prefix) and wanted(path):
                found.add(kind)
    return found


def _ends_with(path: str, names: Iterable[str]) -> bool:
    return path.rpartition(".")[2].rstrip("?").lower() in names


def _file_path(seen: Observations) -> Answer:
    schedules = seen.objects("/api/Schedules", "schedules")
    if not schedules:
        return _unknown("there is no schedule")
    found = any(_values.find_key(item, "filePath") for item in schedules)
    return _answer("yes, as filePath" if found else "no member is called filePath", file_path=found)


def _unknown_job(seen: Observations) -> Answer:
    found = seen.unknown_job
    if found is None:
        return _unknown("the request was not answered")
    inner = _values.get(found.content, "data", found.content) if isinstance(found.content, dict) else found.content
    status = None if inner is NO_CONTENT else responses.parse_job_status(inner)
    word = status if status in ("Invalid", "Unknown") else ""
    return _answer(
        f"HTTP {found.status}{', ' + word if word else ''}",
        unknown_job=word or str(found.status),
        body=found.body_shape(),
    )


def _mentions(*words: str) -> Callable[[str, str], bool]:
    return lambda _verb, path: any(word in path.lower() for word in words)


_ANSWERS: dict[str, Callable[[Observations], Answer]] = {
    "U1": _token_name,
    "U2": _token_lifetime,
    "U3": _from_openapi(lambda verb, path: verb == "DELETE" or "delete" in path.lower(), "deletes"),
    "U4": _activation,
    "U5": _cluster_verb,
    "U6": _password,
    "U8": _from_openapi(
        lambda verb, path: verb == "GET" and ("license" in path.lower() or "licence" in path.lower()), "reads a license"
    ),
    "U10": _license_wrapper,
    "U13": _list_shape,
    "U16": _unique_schedules,
    "U17": _unknown_id,
    "U18": _error_body,
    "U19": _no_token,
    "U20": _refused_login,
    "U21": _other_values("/api/Schedules", "", "traceLevel", "Job"),
    "U22": _other_values("/api/Server/Config", "serverDbInfo", "authenticationType", "SqlServerAuth"),
    "U23": _pause_format,
    "U24": _further_members,
    "U26": _run_path,
    "U27": _path_case,
    "key_case": _key_case,
    "numbers": _number_types,
    "empty": _empty_values,
    "timestamps": _timestamp_format,
    "paths": _path_style,
    "file_path": _file_path,
    "unknown_job": _unknown_job,
}
