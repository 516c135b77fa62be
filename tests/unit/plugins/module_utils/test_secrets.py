# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import pickle

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._redactor import redact_patterns
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import (
    MASK,
    Secret,
    collect_secrets,
    configuration_values,
    drop_secrets,
    is_secret_key,
    mask,
    reveal,
    wrap_secrets,
)

CANARY = 'c4n"ary \\ pass/wörd'


def test_secret_cannot_be_printed():
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


def test_wrap_secrets_can_be_reversed():
    plain = {
        "serverDbInfo": {"user": "sa", "Password": CANARY},
        "mail": [{"smtpPassword": "x", "port": 25}],
        "apiKey": {"v": "y"},
    }
    guarded = wrap_secrets(plain)
    assert "c4n" not in json.dumps(guarded)
    assert reveal(guarded) == plain
    assert sorted(collect_secrets(guarded)) == sorted([CANARY, "x", "y"])
    assert drop_secrets(guarded) == {"serverDbInfo": {"user": "sa"}, "mail": [{"port": 25}], "apiKey": {}}
    assert mask(guarded)["serverDbInfo"] == {"user": "sa", "Password": MASK}


@pytest.mark.parametrize(
    "key",
    [
        *("password", "Password", "smtpPwd", "access_token", "ClientSecret", "connectionString", "licenseKey"),
        *("smtpPass", "PASS", "conn_str", "accountKey", "Authorization", "passCode"),
    ],
)
def test_is_secret_key_finds_keys(key):
    assert isinstance(wrap_secrets({key: "value"})[key], Secret)


@pytest.mark.parametrize(
    "key",
    [
        *("comment", "name", "key", "archiveStartItem", "purgeChunkSize", "pauseServersFrom"),
        *("bypass", "compass", "passThrough", "monkey", "authorizationMode", "keyboard"),
    ],
)
def test_is_secret_key_leaves_other_keys(key):
    assert wrap_secrets({key: "value"}) == {key: "value"}


@pytest.mark.parametrize(
    "key",
    ["api-key", "api.key", "Api Key", "conn-string", "license--key", "smtp-pass-word", "access.token", "mail-pass"],
)
def test_is_secret_key_ignores_separators_E4(key):
    assert is_secret_key(key)
    assert redact_patterns(f"{key.replace(' ', '')}=canary") == f"{key.replace(' ', '')}={MASK}"


@pytest.mark.parametrize(
    "key", ["private-key", "masterKey", "authKey", "sshKey", "SSH_KEY", "sessionKey", "machine-key"]
)
def test_is_secret_key_finds_cryptographic_keys_E16(key):
    assert is_secret_key(key)
    assert isinstance(wrap_secrets({key: "value"})[key], Secret)


@pytest.mark.parametrize("key", ["primaryKey", "foreign-key", "keyboard", "hotkey", "key", "turnkey"])
def test_is_secret_key_leaves_other_kinds_of_keys_E16(key):
    assert not is_secret_key(key)


def test_wrap_secrets_takes_numbers_of_secret_keys():
    plain = {
        "smtpPassword": 123456,
        "credentials": {"pin": 1.5, "on": True},
        "passwordExpiresAfter": 90,
        "savePassword": True,
    }
    guarded = wrap_secrets(plain)
    assert isinstance(guarded["smtpPassword"], Secret)
    assert guarded["passwordExpiresAfter"] == 90
    assert "123456" not in json.dumps(mask(guarded)) + repr(guarded)
    assert drop_secrets(guarded) == {
        "credentials": {"on": True},
        "passwordExpiresAfter": 90,
        "savePassword": True,
    }
    assert collect_secrets(guarded) == ["123456", "1.5"]
    assert reveal(guarded) == plain


def test_wrap_secrets_collects_only_values_that_are_secrets():
    named = []
    wrap_secrets(
        {"password": CANARY, "tokenType": "bearer", "apiKeys": ["one-key"], "pwd": "*****", "pass": None}, named
    )
    assert named == [CANARY, "one-key"]


@pytest.mark.parametrize(
    ("text", "stand_in"),
    [("*****", True), ("xxxx", True), ("<hidden>", True), ("s3cret*", False), ("hidden-valley", False)],
)
def test_placeholder_of_a_secret_is_recognized(text, stand_in):
    assert Secret(text).is_masked is stand_in


def test_parameter_value_is_a_secret_if_its_name_is():
    secret = {"ParameterName": "DbPassword", "Value": CANARY}
    other = {"ParameterName": "Folder", "Value": "C:\\In"}
    assert mask(wrap_secrets([secret, other])) == [{"ParameterName": "DbPassword", "Value": MASK}, other]
    assert collect_secrets(wrap_secrets(secret)) == [CANARY]


@pytest.mark.parametrize(
    "content",
    [
        "[db]\nserver=sql\npassword=Tr0ub4dor\n",
        "password: Tr0ub4dor",
        '{"db": {"password": "Tr0ub4dor"}}',
        "<add key='password' value='Tr0ub4dor'/>",
        "<password>Tr0ub4dor</password>",
        "conn = Server=sql;Password=Tr0ub4dor;User=sa",
        "password = 'Tr0ub4dor' ; a comment",
        "Tr0ub4dor",
    ],
)
def test_configuration_values_are_what_a_server_might_quote_E6(content):
    assert "Tr0ub4dor" in configuration_values(content)


@pytest.mark.parametrize(
    ("content", "value"), [('p: "a\\"b=c;d"', 'a"b=c;d'), ("<p>a&amp;b=c</p>", "a&b=c"), ("p=C:\\\\x\\\\y", "C:\\x\\y")]
)
def test_configuration_values_are_unescaped_E6(content, value):
    assert any(value in found for found in configuration_values(content))


def test_configuration_values_are_no_innocent_words_E6():
    assert configuration_values("a=true\n{}\n[]\nb: null\n") == {"a=true", "b: null"}
