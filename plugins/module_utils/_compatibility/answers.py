# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answer the open questions about a server from what was read of it, one function each. Pure. Private to this collection.

An answer is a few words, its evidence names statuses, key names and formats. No value of a member, no name of an object, and
no secret is in either.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._client import responses
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility import shapes
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.observations import (
    LISTS,
    NO_CONTENT,
    Observation,
    Observations,
)
from ansible_collections.astera.data_stack.plugins.module_utils._compatibility.published import CALLS, TEXTS, TYPED
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import reveal

NEEDS_A_WRITE = "only a write can show it, and this module only reads"
_NEEDS_A_REFUSAL = "only a refused login could show it, and accounts get locked"
# Of names in the text of an answer; the evidence has all of them.
_MAX_LISTED = 20
_TOKEN_NAMES = ("access_token", "accessToken", "token", "AccessToken", "Token", "Access_Token")

Answer = dict[str, Any]


def _answer(answer: str, **evidence: Any) -> Answer:
    return {"answer": answer, "evidence": evidence}


def _unknown(reason: str) -> Answer:
    return {"answer": "unknown", "reason": reason}


def skip_write(_seen: Observations) -> Answer:
    return _unknown(NEEDS_A_WRITE)


def find_token_name(seen: Observations) -> Answer:
    if seen.login is None:
        return _unknown("a token was given, so no login was made")
    if not isinstance(seen.login.content, dict):
        return _answer("the token is the whole response", token_place="text" if seen.login.text == "empty" else "plain")
    for place, holder in [("member", seen.login.content), *(("nested", item) for item in seen.login.content.values())]:
        for name in holder if isinstance(holder, dict) else ():
            if name in _TOKEN_NAMES:
                return _answer(f"as {name}", token_name=name, token_place=place)
    return _answer("under another name", token_place="member")


def find_token_lifetime(seen: Observations) -> Answer:
    if seen.login is None:
        return _unknown("a token was given, so no login was made")
    for token in _strings_in(seen.login.content):
        seconds = _parse_lifetime(token)
        if seconds is not None:
            return _answer(f"{seconds} seconds", token_seconds=seconds)
    return _unknown("the token does not show its lifetime")


def _strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _strings_in(item)
    elif isinstance(value, str):
        yield str(reveal(value))


def _parse_lifetime(token: str) -> int | None:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        seconds = int(claims["exp"]) - int(claims["iat"])
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return seconds if 0 < seconds < 10**9 else None


def read_openapi(pick: Callable[[str, str], bool], what: str) -> Callable[[Observations], Answer]:
    """An answer out of the names of the calls in the server's own document."""

    def answer(seen: Observations) -> Answer:
        if seen.openapi is None:
            return _unknown("the server's OpenAPI document was not found, and no published page describes such a call")
        plain = seen.openapi.other_calls(())["of_interest"]
        found = [call for call in plain if pick(*call.split(" ", 1))]
        listed = ", ".join(found) if found else f"no call that {what} is in the server's document"
        return _answer(listed, calls=found)

    return answer


def find_activation_member(seen: Observations) -> Answer:
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


def find_cluster_verb(seen: Observations) -> Answer:
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


def describe_password(seen: Observations) -> Answer:
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


def find_license_wrapper(seen: Observations) -> Answer:
    if seen.openapi is None:
        return _unknown(NEEDS_A_WRITE)
    call = next(item for item in CALLS if item.path == "/api/License/Key")
    found = seen.openapi.compare(call)
    return _answer(
        "yes" if found["result"] == "present" else "the document shows another body", openapi=found["result"]
    )


def describe_lists(seen: Observations) -> Answer:
    found: dict[str, str] = {}
    for path, name in LISTS.items():
        read = seen.first(path)
        if read is None or not read.accepted:
            continue
        wrappers, items = responses.find_list(None if read.content is NO_CONTENT else read.content, name)
        keys = sorted({_shown_key(key) for wrapper in wrappers for key in wrapper})
        form = "no content" if read.content is NO_CONTENT else "null" if read.content is None else "array"
        found[path] = f"object with {', '.join(keys)}" if wrappers else form
        if items is None:
            found[path] += ", not understood"
    return _answer("; ".join(sorted(set(found.values()))), **found) if found else _unknown("no list could be read")


def _shown_key(key: str) -> str:
    return key if shapes.is_plain_name(key) else shapes.HIDDEN_KEY


def compare_schedule_names(seen: Observations) -> Answer:
    names = [_values.name_key(_values.get(item, "name", "")) for item in seen.objects("/api/Schedules", "schedules")]
    if len(names) != len(set(names)):
        return _answer("no: two schedules have one name", unique_schedule_names=False)
    return _unknown("no two schedules have one name, which proves nothing")


def describe_unknown_id(seen: Observations) -> Answer:
    if seen.unknown_id is None:
        return _unknown("the request was not answered")
    return _answer(
        f"HTTP {seen.unknown_id.status}", unknown_id_status=seen.unknown_id.status, body=seen.unknown_id.body_shape()
    )


def describe_error_body(seen: Observations) -> Answer:
    for found in (seen.unknown_id, seen.unknown_job, *(item for reads in seen.reads.values() for item in reads)):
        if found is not None and found.status >= 400:
            return _answer(_body_type(found), status=found.status, content_type=found.kind, body=found.body_shape())
    return _unknown("no read was refused")


def _body_type(found: Observation) -> str:
    if found.content is NO_CONTENT:
        return f"{found.text} body"
    kinds = {dict: "JSON object", list: "JSON array", str: "JSON string"}
    return next((words for kind, words in kinds.items() if isinstance(found.content, kind)), "another JSON value")


def describe_rejection_without_token(seen: Observations) -> Answer:
    found = seen.without_token
    if found is None:
        return _unknown("the request was not answered")
    challenge = "with" if "www-authenticate" in found.headers else "without"
    return _answer(
        f"HTTP {found.status}, {_body_type(found)}, {challenge} WWW-Authenticate",
        status=found.status,
        body=found.body_shape(),
    )


def skip_refused_login(_seen: Observations) -> Answer:
    return _unknown(_NEEDS_A_REFUSAL)


def count_other_values(path: str, name: str, key: str, published: str) -> Callable[[Observations], Answer]:
    """Whether a member has another value than the published one, without that value."""

    def answer(seen: Observations) -> Answer:
        values = [_values.get(item, key) for place, item in seen.all_objects() if place == path]
        if path == "/api/Server/Config":
            values = [_values.get(info, key) for info in seen.members_of(path, name)]
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


def describe_pause_ends(seen: Observations) -> Answer:
    cluster = responses.find_object(seen.content("/api/Cluster"), responses.CLUSTER_KEYS)
    if cluster is None:
        return _unknown("the cluster's settings could not be read")
    kinds = {shapes.describe_scalar(_values.get(cluster, key)) for key in ("pauseServersFrom", "pauseServersTo")}
    if kinds == {"null"}:
        return _unknown("no pause is set, so both are null")
    return _answer(", ".join(sorted(kinds)))


def list_further_members(seen: Observations) -> Answer:
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


def find_run_path(seen: Observations) -> Answer:
    if seen.openapi is None:
        return _unknown("the server's OpenAPI document was not found")
    verbs = seen.openapi.verbs_of("/api/CommandLineProcessor")
    found = "POST" in verbs
    return _answer(
        "/api/CommandLineProcessor" if found else "not /api/CommandLineProcessor",
        openapi="present" if found else "absent",
    )


def compare_path_case(seen: Observations) -> Answer:
    usual, other = seen.first("/api/ServerInfo"), seen.other_case
    if usual is None or other is None or not usual.accepted:
        return _unknown("/api/ServerInfo could not be read")
    same = other.status == usual.status
    return _answer("yes" if same else f"no: HTTP {other.status}", path_case="any" if same else "exact")


def describe_key_case(seen: Observations) -> Answer:
    cases = {path: shapes.key_case(item, seen.members[path]) for path, item in seen.all_objects()}
    kinds = set(cases.values()) - {"none"}
    if not kinds:
        return _unknown("no object could be read")
    case = kinds.pop() if len(kinds) == 1 else "mixed"
    return _answer(case, key_case=case)


def describe_number_types(seen: Observations) -> Answer:
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


def describe_empty_values(seen: Observations) -> Answer:
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


def describe_timestamps(seen: Observations) -> Answer:
    found = _formats_of(seen, lambda path: _ends_with(path, ("createddttm", "updatedttm")), "timestamp, ")
    starts = _formats_of(seen, lambda path: _ends_with(path, ("starttime",)), "timestamp, ")
    if not found and not starts:
        return _unknown("no object shows a timestamp")
    return _answer("; ".join(sorted(found or starts)), stamps=sorted(found), start_times=sorted(starts))


def describe_paths(seen: Observations) -> Answer:
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


def find_file_path(seen: Observations) -> Answer:
    schedules = seen.objects("/api/Schedules", "schedules")
    if not schedules:
        return _unknown("there is no schedule")
    found = any(_values.find_key(item, "filePath") for item in schedules)
    return _answer("yes, as filePath" if found else "no member is called filePath", file_path=found)


def describe_unknown_job(seen: Observations) -> Answer:
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
