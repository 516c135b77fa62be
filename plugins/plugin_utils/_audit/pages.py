# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an audit in its four formats, from the templates of the role ``audit``. Private to this collection."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import report as _audit

TEMPLATES = Path(__file__).resolve().parents[3] / "roles/audit/templates"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+|~!&])")
# Characters that turn the direction of what follows them, line ends of another kind, and the like.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_TITLES = {
    "server_config": "Configuration",
    "license": "License",
    "cluster": "Cluster",
    "deployments": "Deployments",
    "schedules": "Schedules",
}
_STATES = {"in_sync": "in sync", "drifted": "drifted", "failed": "failed", "not_checked": "not checked"}


def render(report: dict[str, Any]) -> dict[str, str]:
    """Return the content of each file of the report, by its name."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is not None and name.endswith((".html.j2", ".xml.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # The parts keep their order.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": True, "allow_nan": False}
    environment.filters.update(md=markdown, shown=format_value, code=code, worst_first=worst_first)
    environment.globals.update(parts=_TITLES, states=_STATES)
    style, script = (_source(name) for name in ("audit.css", "audit.js"))
    given = {
        "report": report,
        "counts": report["counts"],
        "at": datetime.fromisoformat(report["generated"]["at"].replace("Z", "+00:00")),
        "summary": summarize(report),
        "style": Markup(style),
        "script": Markup(script),
        "hashes": {"style": _hash(style), "script": _hash(script)},
    }
    pages = {
        f"audit.{kind}": environment.get_template(f"audit.{kind}.j2").render(given, page=page_data(report))
        for kind in ("xml", "md", "html")
    }
    return {"audit.json": json.dumps(report, indent=1, allow_nan=False) + "\n", **pages}


def summarize(report: dict[str, Any]) -> str:
    """Return the whole report in one sentence, and a second one if no server was checked."""
    words = _counted(report)
    return words if _audit.checked(report) or not report["servers"] else f"{words} No server was checked."


def _counted(report: dict[str, Any]) -> str:
    seen = report["counts"]["servers"]
    total = f"{seen['total']} {'server' if seen['total'] == 1 else 'servers'}"
    if not seen["total"]:
        return "No server was audited."
    *others, last = (state for state in _audit.STATES if seen[state])
    if not others:
        return f"{total}, {'' if seen['total'] == 1 else 'all '}{_STATES[last]}."
    listed = ", ".join(f"{seen[state]} {_STATES[state]}" for state in others)
    return f"{total}: {listed} and {seen[last]} {_STATES[last]}."


def worst_first(servers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = ("failed", "drifted", "not_checked", "in_sync")
    return sorted(servers, key=lambda server: order.index(server["state"]))


def page_data(report: dict[str, Any]) -> dict[str, Any]:
    """Return what the script of the page needs: the report without snapshots, with times as minutes since the week began."""
    start = datetime.fromisoformat(report["week"]["from"].replace("Z", "+00:00"))

    def minute(text: str) -> int:
        return (datetime.fromisoformat(text.replace("Z", "+00:00")) - start) // timedelta(minutes=1)

    servers = []
    for server in report["servers"]:
        schedules = [
            {
                **{key: schedule[key] for key in ("name", "kind", "active", "known", "note", "at")},
                "runs": [minute(run) for run in schedule["runs"]],
                "paused": [minute(run) for run in schedule["paused"]],
            }
            for schedule in server["schedules"]
        ]
        windows = [[minute(window["from"]), minute(window["to"])] for window in server["pause"]["windows"]]
        parts = [
            {
                **{key: part[key] for key in ("id", "part", "state", "note", "counts", "unmanaged")},
                "in_sync": [item["name"] for item in part["objects"] if item["state"] == "in_sync"],
                "objects": [item for item in part["objects"] if item["state"] != "in_sync"],
            }
            for part in server["parts"]
        ]
        kept = {key: server[key] for key in ("id", "name", "url", "state", "note", "error")}
        pause = {**server["pause"], "windows": windows}
        servers.append({**kept, "parts": parts, "pause": pause, "schedules": schedules})
    week = {"from": report["week"]["from"], "now": minute(report["generated"]["at"])}
    return {"parts": _TITLES, "states": _STATES, "week": week, "servers": servers}


def format_value(value: Any) -> str:
    """Return the value of a field as a string: structures as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def markdown(value: Any) -> str:
    """Escape a string for Markdown, also in a table. Write invisible characters as escapes."""
    text = _visible(format_value(value))
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def code(value: Any) -> str:
    """Return a string as code in Markdown, whatever backticks it has."""
    text = " ".join(_visible(format_value(value)).split()).replace("|", "\\|") or " "
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _visible(text: str) -> str:
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
