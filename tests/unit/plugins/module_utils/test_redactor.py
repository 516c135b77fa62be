# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import base64
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor, redact_patterns
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import MASK
from ansible_collections.astera.data_stack.tests import canaries
from hypothesis import example, given
from hypothesis import strategies as st

CANARY = 'c4n"ary \\ pass/wörd'
SECRETS = st.text(min_size=6, max_size=30).filter(
    lambda text: len(text.strip()) > 5 and text.strip(" *") and all(one.isprintable() or one in "\n\t" for one in text)
)


@given(SECRETS)
@example("пароль-пароль")
@example("two\nlines")
@example("a%41b+c d")
@example("c4n\udc80ary")
@example("😀 emoji ' quote")
@example("\\\\server\\share\\'")
@example("u\u0308ber-secret")
def test_redactor_masks_a_secret_in_every_form(secret):
    redact = Redactor([secret])
    for how, form in canaries.spellings(secret).items():
        if len(form) > 5:
            assert form not in redact(f"[{form}]"), how


@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_redactor_masks_an_encoded_text_with_a_secret_inside(before):
    code = base64.b64encode(f"{before}{CANARY}@host".encode()).decode()
    assert Redactor([CANARY])(f"got {code}.") == f"got {MASK}."


def test_redactor_finds_secrets_with_collapsed_whitespace():
    assert Redactor(["two  blanks\tand tabs "])("a two blanks and tabs b") == f"a {MASK} b"


def test_redactor_finds_secrets_with_decomposed_letters():
    assert Redactor(["s3crüt!"])("(s3cru\u0308t!)") == f"({MASK})"


def test_redactor_finds_secrets_in_another_case():
    """As in a header that was put into lower case."""
    assert Redactor(["Tr0ub4dor-ÄÖ"])("text/tr0ub4dor-ÄÖ; TR0UB4DOR-ÄÖ") == f"text/{MASK}; {MASK}"


def test_redactor_is_immutable_B3():
    first = Redactor(["canary-one"])
    before = dict(vars(first))
    second = first.with_secrets(["canary-two"], quoted=["canary-three"])
    assert vars(first) == before
    text = "canary-one canary-two canary-three"
    assert first.redact_server_text(text) == f"{MASK} canary-two canary-three"
    assert second(text) == f"{MASK} {MASK} canary-three"
    assert second.redact_server_text(text) == f"{MASK} {MASK} {MASK}"
    assert second.with_secrets(["canary-four"])("canary-two") == MASK


def test_redactor_prefers_the_longest_secret():
    redact = Redactor(["canary", "canary-and-more"])
    assert redact("a canary-and-more, a canary") == f"a {MASK}, a {MASK}"


@pytest.mark.parametrize("value", ["4815162342", " 4815162342 ", 4815162342, 4815162342.0])
def test_redactor_compares_numbers_E2(value):
    assert Redactor(["4815162342"]).is_secret(value)


@pytest.mark.parametrize("value", [True, 1, 12, 4815162343, None, "481516", {"a": 4815162342}])
def test_redactor_leaves_other_numbers_E2(value):
    assert not Redactor(["4815162342", "1", "12", "true"]).is_secret(value) or value == "12"


def test_redactor_compares_whole_values_of_any_length():
    redact = Redactor(["q7"])
    assert redact.is_secret("q7")
    assert not redact.is_secret("q77")
    assert redact("q7 is in q77") == "q7 is in q77"


@pytest.mark.parametrize(
    "text",
    [
        "Login failed: Server=db;User Id=sa;Password=oldsecret;Timeout=15",
        "Server=db;Password=very oldsecret indeed;Timeout=15",
        "Password='it''s oldsecret';x",
        'Pwd="a""oldsecret"',
        '{"password": "oldsecret"}',
        '{\\"password\\": \\"a\\\\\\"oldsecret\\"}',
        "{'Pwd': 'oldsecret'}",
        'password: "cut in the middle of oldsecr'.replace("oldsecr", "oldsecret"),
        "<a><Password>oldsecret</Password></a>",
        "<smtpPassword type='x'>oldsecret</smtpPassword>",
        "Authorization: Bearer oldsecret",
        "Authorization: Basic b2xkc2VjcmV0OldsecretAA",
        "https://me:oldsecret@host/",
        "https://me:with/and@oldsecret@host/",
        "token=oldsecret&x=1",
        'License key: "oldsecret"',
        "apiKey : oldsecret",
        "AccountName=x;AccountKey=old/oldsecret==;E=1",
        "The password 'oldsecret' is wrong",
        "passwordText: oldsecret",
        "eyJhbGciOiJ.oldsecret.x.oldsecret.oldsecret",
    ],
)
def test_redactor_masks_what_looks_like_a_secret(text):
    assert "oldsecret" not in Redactor()(text)


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication is required",
        "give username and password, or a token (environment: ASTERA_TOKEN)",
        "answered the login without a token (keys: title, status)",
        "key 'Sales' was not found",
        "2026-12-01T04:30:00+01:00",
        "C:\\Astera\\Deployment\\sales-0123456789ab.Car",
    ],
)
def test_redactor_leaves_innocent_texts(text):
    assert Redactor()(text) == text


def test_S26_short_values_do_not_mask_innocent_text():
    text = "id 12 at 3:12, abc, 616263"
    assert Redactor(["12", "a", "abc"])(text) == text


def test_S26_a_prefix_of_a_secret_is_no_secret():
    assert Redactor(["automation-2024"])("automation") == "automation"


@pytest.mark.parametrize("end", ["", "...", "…", "'"])
def test_redactor_masks_a_truncated_secret(end):
    assert Redactor(["canary-password"]).redact_truncated(f"not good: canary-pass{end}") == f"not good: {MASK}"
    assert Redactor(["canary-password"]).redact_truncated("canary is a bird") == "canary is a bird"


def test_redactor_masks_each_line_of_a_secret():
    redact = Redactor(["[database]\nserver=sql.example.com\r\npwd=x1y2\non\n"])
    assert redact("line 2: 'server=sql.example.com'") == f"line 2: '{MASK}'"
    assert redact("x1y2 is no number") == f"{MASK} is no number"
    assert redact("the server is on") == "the server is on"


def test_redactor_masks_a_secret_with_secrets_inside():
    redact = Redactor(["Server=x;User Id=sa;Password=canary1;"])
    assert redact("canary1 and Server=x") == f"{MASK} and Server=x"


def test_redactor_leaves_the_messages_of_the_collection():
    utils = Path(__file__).resolve().parents[4] / "plugins" / "module_utils"
    sentences = []
    for path in utils.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        # Docstrings are expressions of their own.
        docstrings = [node.value for node in nodes if isinstance(node, ast.Expr)]
        sentences += [
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and ". " in str(node.value) and node not in docstrings
        ]
    assert len(sentences) > 50
    assert [text for text in sentences if redact_patterns(text) != text] == []
