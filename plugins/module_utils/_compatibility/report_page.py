# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compatibility report as a page that a person reads and sends. Pure. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

# Question → what the collection assumes, as the start of the answer, and what another answer means for its users.
ASSUMPTIONS: dict[str, tuple[str, str]] = {
    "U1": ("as access_token", "Does not matter if it is accessToken or token, in any case: these are read, too."),
    "U4": (
        "isActive",
        "Matters: `is_active` of a deployment is compared only where the server shows it under this name.",
    ),
    "U5": ("GET", "Matters: the cluster's settings can be written only by a task that gives all of them."),
    "U6": ("it is left out", "Does not matter: the password is never compared, whatever is shown."),
    "U13": ("array", "Does not matter where the list is understood: lists in objects are unwrapped."),
    "U16": ("yes", "Does not matter: a task that meets two schedules of one name fails and names their ids."),
    "U17": ("HTTP 404", "Does not matter: only the list decides whether a schedule exists."),
    "U19": ("HTTP 401", "Matters: a token that ran out is renewed only after HTTP 401 or 500."),
    "U26": ("/api/CommandLineProcessor", "Matters for `astera_job`: set its `run_path`."),
    "U27": ("yes", "Does not matter: paths are sent as published."),
    "key_case": ("camel", "Does not matter: keys are matched in any case and written back as the server spells them."),
    "numbers": ("numbers are numbers and booleans are booleans", "Does not matter: values are compared by meaning."),
    "file_path": ("no member", "Matters for schedules of files: the unresolved path might have to be set, too."),
}
_WRITTEN = (
    "Written by astera.data_stack {collection} with ansible-core {ansible}. Only logins and GET requests were sent."
)
_COUNTS = "{} assumptions are confirmed, {} are different, {} further questions are answered, and {} stay open."
_SEND = (
    "Read this page before you send it. It holds key names, JSON types, formats and HTTP statuses, and no values. Then open an "
    "issue in the repository of the collection and attach the JSON file of the same name. It becomes a part of the test suite, so "
    "that every release is tested against a server that answers like yours."
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
        "# How this Astera Integration Server answers",
        "",
        _WRITTEN.format(**report),
        "",
        _COUNTS.format(*map(len, lines.values())),
        *_section("Confirmed", lines["confirmed"]),
        *_section("Different from what the collection assumes", lines["different"]),
        *_section("Also answered", lines["answered"]),
        *_section("Still open", lines["open"]),
        *_section("Members that change by themselves", volatile),
        *_section("Requests", requests),
        *_section("The server's own OpenAPI document", _openapi(report["openapi"])),
        "",
        "## How to send it",
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
        yield f"Not found: {openapi['reason']}. Give its path as `openapi_path`; the client shows it as *Server API Path*."
        return
    yield f"OpenAPI {openapi['version']}, SHA-256 `{openapi['sha256']}`."
    yield ""
    for name, found in openapi["calls"].items():
        differences = f": {'; '.join(found['differences'])}" if found["differences"] else ""
        yield f"- `{name}`: {found['result']}{differences}"
    others = openapi["other_calls"]
    yield ""
    yield (
        f"{others['count']} calls are not used by the collection. Those that users ask for: "
        + (", ".join(f"`{call}`" for call in others["of_interest"]) or "none")
        + "."
    )
