# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of errors shows what the code says: every code has a section, with a message that was really produced."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.module_utils import _errors
from ansible_collections.astera.data_stack.tests import doc_snippets

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "docs/docsite/rst/guide_troubleshooting.rst"
RECOVERY = ROOT / "docs/docsite/rst/guide_recovery.rst"
PAGE = PATH.read_text(encoding="utf-8")
SECTION = re.compile(r"^``(\w+)``: [^\n]*\n~+\n(.*?)(?=^``\w+``: |^[^\n]+\n[-=]+\n|\Z)", re.M | re.S)
SECTIONS = dict(SECTION.findall(PAGE))
SHOWN = re.compile(r"\.\. code-block:: text\n\n((?:   .*\n)+)")
ADDRESS = "astera.example.com:9261"
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
SALES = {"name": "Sales", "archive_server_path": "C:\\Astera\\Sales.car"}


def usage(server, run):
    return run("cluster", url="http://astera.example.com:9261", name="DEFAULT")


def unreachable(server, run):
    return run("cluster", url="https://127.0.0.1:1", name="DEFAULT", retries=0)


def tls(server, run):
    return run("cluster", ca_path=None, name="DEFAULT")


def authentication(server, run):
    return run("cluster", password="not-this-one", name="DEFAULT")


def permission(server, run):
    password = server.add_account("scheduler", lacks=("/api/Cluster*",))
    return run("cluster", username="scheduler", password=password, name="DEFAULT")


def not_found(server, run):
    return run("schedule", name="Sales every morning", deployment="Sales", daily=DAILY)


def ambiguous_name(server, run):
    for _number in range(2):
        server.seed("schedule", name="Sales every morning")
    return run("schedule", name="Sales every morning", is_active=False)


def rejected(server, run):
    return run("server_config", server_profile="Profile2", repository={"data_provider": "SqlServer"})


def conflict(server, run):
    server.seed("deployment", name="Sales", comment="ours")
    server.before("POST", "/api/Deployment", lambda: server.edit("deployment", "Sales", comment="theirs"))
    return run("deployment", name="Sales", comment="new", on_conflict="fail")


def timeout(server, run):
    server.fail("GET", "/api/Cluster", at="before_read", how="delay", seconds=3, times=10)
    return run("cluster", name="PRODUCTION", timeout=1, retries=0)


def invalid_response(server, run):
    elsewhere = {"Location": "https://sign-in.example.com/"}
    server.fail("GET", "/api/Cluster", how="status", status=302, headers=elsewhere, times=10)
    return run("cluster", name="PRODUCTION")


def outcome_unknown(server, run):
    server.fail("POST", "/api/Deployment", at="before_read", how="status", status=504, times=10)
    return run("deployment", **SALES, retries=0)


PROVOKED = {
    one.__name__: one
    for one in (
        usage,
        unreachable,
        tls,
        authentication,
        permission,
        not_found,
        ambiguous_name,
        rejected,
        conflict,
        timeout,
        invalid_response,
        outcome_unknown,
    )
}


# Causes that the operating system words, in parentheses.
WORDED_BY_SYSTEM = ("unreachable", "tls")


def published(code, message, server):
    """Return the message as the page quotes it: with an example address, and without the words of the operating system."""
    message = message.replace(server.url.removeprefix("https://"), ADDRESS)
    message = re.sub(r"127\.0\.0\.1:\d+", ADDRESS, message)
    return re.sub(r"\([^)]*\)", "(...)", message) if code in WORDED_BY_SYSTEM else message


def test_page_has_one_section_for_each_code():
    assert set(SECTIONS) == set(_errors.CODES) == set(PROVOKED)


@pytest.mark.shows("guide troubleshooting")
@pytest.mark.parametrize("code", _errors.CODES)
def test_quoted_message_is_one_that_the_code_produces(server, run, fast_sleep, monkeypatch, code):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    result = PROVOKED[code](server, run)
    assert result["failed"], result
    error = {key: result["error"][key] for key in ("code", "outcome")}
    current = {"msg": published(code, result["msg"], server), "error": error}
    (shown,) = SHOWN.findall(SECTIONS[code])
    assert yaml.safe_load(textwrap.dedent(shown)) == current, (
        f"{PATH.name} quotes another message for {code}. Replace its block with:\n\n"
        f"   msg: {json.dumps(current['msg'], ensure_ascii=False)}\n"
        f"   error: {{code: {error['code']}, outcome: {error['outcome']}}}\n"
    )


FRAGMENTS = [
    *((PATH.name, words) for words in re.findall(r"^\* \*([^*]+)\*:", SECTIONS["tls"], re.M)),
    *(
        (RECOVERY.name, words)
        for words in re.findall(r"^``([^`]+)``\n    ", RECOVERY.read_text(encoding="utf-8"), re.M)
    ),
]


@pytest.mark.parametrize(("page", "words"), FRAGMENTS)
def test_quoted_fragment_is_part_of_a_message(page, words):
    """An ellipsis stands for a name."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "plugins/module_utils").rglob("*.py")]
    strings = [node.value for text in sources for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    fragment = words.removesuffix("…").strip()
    assert any(fragment in text for text in strings if isinstance(text, str)), (
        f"{page} quotes '{fragment}', which no message contains"
    )


def test_page_has_quoted_fragments():
    assert len(FRAGMENTS) > 8


def test_code_uses_the_documented_error_codes_only():
    used = set()
    for path in (ROOT / "plugins/module_utils").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            place = {"AsteraError": 0, "RequestError": 1}.get(name)
            given = [call.args[place]] if place is not None and len(call.args) > place else []
            given += [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            used |= {word.value for word in given if isinstance(word, ast.Constant)}
    assert used
    assert used <= set(_errors.CODES)


@pytest.mark.parametrize("name", doc_snippets.documented_modules())
def test_modules_document_the_error_codes(name):
    returned = doc_snippets.module_documentation(name, "RETURN")
    if "error" in returned:
        said = " ".join(map(str, _texts(returned["error"]["contains"]["code"])))
        assert set(re.findall(r"V\((\w+)\)", said)) == set(_errors.CODES)


def _texts(content):
    description = content["description"]
    return description if isinstance(description, list) else [description]
