# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A compatibility report as a page that a person reads and sends. Pure. Private to this collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .questions import QUESTIONS

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
        *_section("Members that change by themselves", _volatile(report["volatile"])),
        *_section("Requests", _endpoints(report["endpoints"])),
        *_section("The server's own OpenAPI document", _openapi(report["openapi"])),
        "",
        "## How to send it",
        "",
        _SEND,
    ]
    return "\n".join(page) + "\n"


def _verdict(name: str, found: dict[str, Any]) -> tuple[str, str]:
    """Return what an answer says about the assumption of the collection, and the answer in a sentence."""
    question, line = QUESTIONS[name], f"Answer: {found['answer']}."
    if found["answer"] == "unknown":
        return "open", f"Unknown: {found['reason']}."
    if not question.assumed:
        return "answered", line
    if found["answer"].startswith(question.assumed):
        return "confirmed", line
    return "different", f"{line} {question.effect}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield from ("", f"## {title}", "", *listed)


def _volatile(volatile: dict[str, list[str]]) -> Iterator[str]:
    for path, members in volatile.items():
        yield f"- `{path}`: {', '.join(f'`{member}`' for member in members)}"


def _endpoints(endpoints: list[dict[str, Any]]) -> Iterator[str]:
    yield "| request | status | content type |"
    yield "| --- | --- | --- |"
    for read in endpoints:
        yield f"| `{read['method']} {read['path']}` | {read['status']} | {read['content_type']} |"


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
