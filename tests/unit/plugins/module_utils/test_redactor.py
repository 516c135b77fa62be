# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import Redactor
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
def test_a_known_secret_is_gone_in_every_form(secret):
    redact = Redactor([secret])
    for how, form in canaries.spellings(secret).items():
        if len(form) > 5:
            assert form not in redact(f"[{form}]"), how


@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
def test_all_of_an_encoded_text_with_a_secret_inside_is_gone(before):
    code = base64.b64encode(f"{before}{CANARY}@host".encode()).decode()
    assert Redactor([CANARY])(f"got {code}.") == f"got {MASK}."


@pytest.mark.parametrize(
    "form",
    [
        " ".join("two  blanks\tand tabs".split()),
        "two blanks\r\nand tabs",
        "two%20%20blanks%09and+tabs",
        "two&#32;&nbsp;blanks and tabs".replace("&nbsp;", "&#x20;"),
    ],
)
def test_blanks_may_have_become_one(form):
    assert Redactor(["two  blanks\tand tabs "])(f"a {form} b") == f"a {MASK} b"


@pytest.mark.parametrize("wrong", ["s3cr\ufffdt!", "s3cr?t!", "s3crÃ¼t!", "s3cru\u0308t!", "s3cr\\xc3\\xbct!"])
def test_a_wrong_decoding_hides_nothing(wrong):
    assert Redactor(["s3crüt!"])(f"({wrong})") == f"({MASK})"


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
def test_what_looks_like_a_secret_is_masked_though_nobody_named_it(text):
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
def test_innocent_texts_stay(text):
    assert Redactor()(text) == text


def test_S26_short_values_do_not_mask_innocent_text():
    assert Redactor(["12", "a", "abc"])("id 12 at 3:12, abc") == "id 12 at 3:12, abc"


def test_S26_a_prefix_of_a_secret_is_no_secret():
    assert Redactor(["automation-2024"])("automation") == "automation"


@pytest.mark.parametrize("end", ["", "...", "…", "'"])
def test_a_secret_that_was_cut_is_gone(end):
    assert Redactor(["canary-password"]).of_cut(f"not good: canary-pass{end}") == f"not good: {MASK}"
    assert Redactor(["canary-password"]).of_cut("canary is a bird") == "canary is a bird"


def test_of_a_text_of_many_lines_each_is_a_secret():
    redact = Redactor(["[database]\nserver=sql.example.com\r\npwd=x1y2\non\n"])
    assert redact("line 2: 'server=sql.example.com'") == f"line 2: '{MASK}'"
    assert redact("x1y2 is no number") == f"{MASK} is no number"
    assert redact("the server is on") == "the server is on"


def test_a_secret_with_secrets_inside():
    redact = Redactor(["Server=x;User Id=sa;Password=canary1;"])
    assert redact("canary1 and Server=x") == f"{MASK} and Server=x"


@pytest.mark.parametrize(
    "text",
    [
        "password" * 8000,
        "//x:" * 16000,
        'password="' * 6000,
        "<password" * 7000,
        "\\" * 64000,
        "password=" * 7000,
        "a" * 64000,
    ],
    ids=lambda text: text[:10],
)
@pytest.mark.timeout(30)
def test_a_hostile_text_does_not_hold_up_the_task(text):
    """Some took minutes. As long as what is read of a refusal."""
    redact = Redactor(['\\\\a\\\\"\\"b', "abc'\"\\\\ d"])
    assert len(redact(text)) > len(MASK)
