# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compatibility report as a page that a person reads and sends. Pure. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

# Question → what the collection assumes, as the start of the answer, and what another answer means for its users.
ASSUMPTIONS: dict[str, tuple[str, str]] = {
    "U1": (
        "as access_token",
        "This does not matter if it is accessToken or token, in upper or lower case, because these are also read.",
    ),
    "U4": (
        "isActive",
        "This matters: `is_active` of a deployment is compared only if the server returns it under this name.",
    ),
    "U5": ("GET", "This matters: only a task that sets all of the cluster's settings can write them."),
    "U6": ("it is left out", "This does not matter, because the password is never compared."),
    "U13": ("array", "This does not matter if the list can be read, because lists in objects are unwrapped."),
    "U16": (
        "yes",
        "This does not matter: a task that finds two schedules with the same name fails and names their ids.",
    ),
    "U17": ("HTTP 404", "This does not matter, because only the list determines whether a schedule exists."),
    "U19": ("HTTP 401", "This matters: an expired token is renewed only after HTTP 401 or 500."),
    "U26": ("/api/CommandLineProcessor", "This matters for `astera_job`: set its option `run_path`."),
    "U27": ("yes", "This does not matter, because paths are sent as published."),
    "key_case": ("camel", "This does not matter: keys are matched in any case and sent as the server spells them."),
    "numbers": (
        "numbers are numbers and booleans are booleans",
        "This does not matter, because values are compared by their meaning.",
    ),
    "file_path": ("no member", "This matters for schedules of files: you might also have to set the unresolved path."),
}
_WRITTEN = (
    "Written by astera.data_stack {collection} with ansible-core {ansible}. Only logins and GET requests were sent."
)
_COUNTS = "{} assumptions are confirmed, {} are different, {} further questions are answered, and {} remain open."
_SEND = (
    "Read this page before you send it. It contains key names, JSON types, formats and HTTP statuses, and no values. Then open an "
    "issue in the repository of the collection and attach the JSON file of the same name. It becomes a part of the tests, so "
    "every release is tested against an emulated server that responds like yours."
)


def render_page(report: dict[str, Any]) -> str:
    """Return the page in Markdown."""
    lines: dict[str, list[str]] = {verdict: [] for verdict in ("confirmed", "different", "answered", "open")}
    for name, found in report["questions"].items():
        verdict, line = _verdict(name, found)
        lines[verdict].append(f"- **{name}** {found['question']} {line}")
    volatile = [f"- `{path}`: {', '.join(f'`{name}`' for name in names)}" for path, names in report["volatile"].items()]
    requests = ["| request | status | content type |", "| --- | --- | --- |"]
    requests += [
        f"| `{read['method']} {read['path']}` | {read['status']} | {read['content_type']} |"
        for read in report["endpoints"]
    ]
    page = [
        "# Compatibility report of an Astera Integration Server",
        "",
        _WRITTEN.format(**report),
        "",
        _COUNTS.format(*map(len, lines.values())),
        *_section("Confirmed", lines["confirmed"]),
        *_section("Different from what the collection assumes", lines["different"]),
        *_section("Also answered", lines["answered"]),
        *_section("Open questions", lines["open"]),
        *_section("Members that change by themselves", volatile),
        *_section("Requests", requests),
        *_section("OpenAPI document of the server", _openapi(report["openapi"])),
        "",
        "## Send the report",
        "",
        _SEND,
    ]
    return "\n".join(page) + "\n"


def _verdict(name: str, found: dict[str, Any]) -> tuple[str, str]:
    """Return what an answer says about the assumption of the collection, and the answer in a sentence."""
    if found["answer"] == "unknown":
        return "open", f"Unknown: {found['reason']}."
    line = f"Answer: {found['answer']}."
    if name not in ASSUMPTIONS:
        return "answered", line
    assumed, effect = ASSUMPTIONS[name]
    return ("confirmed", line) if found["answer"].startswith(assumed) else ("different", f"{line} {effect}")


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield from ("", f"## {title}", "", *listed)


def _openapi(openapi: dict[str, Any]) -> Iterator[str]:
    if not openapi["found"]:
        yield f"Not found: {openapi['reason']}. Set `openapi_path` to its path, which the Astera client shows as *Server API Path*."
        return
    yield f"OpenAPI {openapi['version']}, SHA-256 `{openapi['sha256']}`."
    yield ""
    for name, found in openapi["calls"].items():
        differences = f": {'; '.join(found['differences'])}" if found["differences"] else ""
        yield f"- `{name}`: {found['result']}{differences}"
    others = openapi["other_calls"]
    yield ""
    yield (
        f"{others['count']} other requests are in the document, which the collection does not use. Those that users ask for: "
        + (", ".join(f"`{call}`" for call in others["of_interest"]) or "none")
        + "."
    )
