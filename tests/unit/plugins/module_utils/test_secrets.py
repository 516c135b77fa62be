# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import copy
import json
import pickle
from urllib.parse import quote

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import (
    MASK,
    Redactor,
    Secret,
    guard,
    masked,
    reveal,
    secrets_in,
    without_secrets,
)
from hypothesis import given
from hypothesis import strategies as st

CANARY = 'c4n"ary \\ pass/wörd'


def test_a_secret_cannot_be_printed():
    secret = Secret(CANARY)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r}",
        "%s" % (secret,),
        "{}".format(secret),
        secret + "",
        secret[:99],
    ]
    shown += [
        json.dumps({"a": secret}),
        json.dumps([secret], default=str),
        str({"a": [secret]}),
        secret.encode().decode(),
    ]
    shown += [str(pickle.loads(pickle.dumps(secret))), str(copy.copy(secret)), ", ".join([secret, secret])]
    assert not [text for text in shown if "c4n" in text]
    assert copy.deepcopy(secret).reveal() == CANARY


def test_texts_under_a_secrets_key_become_secrets_and_come_back():
    plain = {
        "serverDbInfo": {"user": "sa", "Password": CANARY},
        "mail": [{"smtpPassword": "x", "port": 25}],
        "apiKey": {"v": "y"},
    }
    guarded = guard(plain)
    assert "c4n" not in json.dumps(guarded)
    assert reveal(guarded) == plain
    assert sorted(secrets_in(guarded)) == sorted([CANARY, "x", "y"])
    assert without_secrets(guarded) == {"serverDbInfo": {"user": "sa"}, "mail": [{"port": 25}], "apiKey": {}}
    assert masked(guarded)["serverDbInfo"] == {"user": "sa", "Password": MASK}


@pytest.mark.parametrize(
    "key", ["password", "Password", "smtpPwd", "access_token", "ClientSecret", "connectionString", "licenseKey"]
)
def test_keys_of_secrets(key):
    assert isinstance(guard({key: "value"})[key], Secret)


@pytest.mark.parametrize("key", ["comment", "name", "key", "archiveStartItem", "purgeChunkSize", "pauseServersFrom"])
def test_keys_of_other_things(key):
    assert not isinstance(guard({key: "value"})[key], Secret)


@given(st.text(min_size=4, max_size=30).filter(lambda text: text.strip("*") and text.isprintable()))
def test_a_known_secret_is_gone_in_every_form(secret):
    redact = Redactor([secret])
    forms = [
        secret,
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        secret.encode().hex(),
        json.dumps(secret)[1:-1],
    ]
    for form in forms:
        assert form not in redact(f"before {form} after").replace("before", "").replace("after", "").replace(MASK, "")


@pytest.mark.parametrize(
    "text",
    [
        "Login failed: Server=db;User Id=sa;Password=oldsecret;Timeout=15",
        '{"password": "oldsecret"}',
        "{'Pwd': 'oldsecret'}",
        "Authorization: Bearer oldsecret",
        "https://me:oldsecret@host/",
        "token=oldsecret&x=1",
        'License key: "oldsecret"',
        "apiKey : oldsecret",
    ],
)
def test_what_looks_like_a_secret_is_masked_though_nobody_named_it(text):
    assert "oldsecret" not in Redactor()(text)


def test_short_values_do_not_mask_innocent_text():
    assert Redactor(["12", "a"])("id 12 at 3:12") == "id 12 at 3:12"


@pytest.mark.parametrize(
    ("text", "stand_in"),
    [("*****", True), ("xxxx", True), ("<hidden>", True), ("s3cret*", False), ("hidden-valley", False)],
)
def test_a_servers_stand_in_for_a_secret(text, stand_in):
    assert Secret(text).masked is stand_in
