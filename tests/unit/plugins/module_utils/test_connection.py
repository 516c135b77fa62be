# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._connection import Connection, checked_url
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError

PARAMS = {
    "url": "https://astera.example:9261",
    "username": "automation",
    "password": "canary-password",
    "token": None,
    "validate_certs": True,
    "ca_path": None,
    "allow_http": False,
    "timeout": 30,
    "retries": 4,
    "use_proxy": True,
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://astera.example:9261", "https://astera.example:9261"),
        ("https://astera.example", "https://astera.example:9261"),
        ("https://Astera.Example:443/", "https://astera.example:443"),
        ("https://gateway.example:8443/astera/", "https://gateway.example:8443/astera"),
        ("https://[fe80::1]:9261", "https://[fe80::1]:9261"),
    ],
)
def test_addresses(given, expected):
    assert checked_url(given, allow_http=False) == expected


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("astera.example:9261", "https://host:9261"),
        ("ftp://astera.example", "https://host:9261"),
        ("https://", "https://host:9261"),
        ("https://[::1", "https://host:9261"),
        ("https://me:canary-password@astera.example:9261", "credentials"),
        ("https://astera.example:0", "port"),
        ("https://astera.example:65536", "port"),
        ("https://astera.example:x", "port"),
        ("https://astera.example:", "port"),
        ("https://astera.example:9261 ", "blanks"),
        ("https://astera.example:9261\n", "blanks"),
        ("https://astera.example:9261/?a=b", "query"),
        ("https://astera.example:9261/#top", "fragment"),
        ("http://astera.example:9261", "allow_http"),
    ],
)
def test_addresses_that_are_refused(url, says):
    with pytest.raises(AsteraError, match=says) as caught:
        Connection.from_params({**PARAMS, "url": url})
    assert caught.value.code == "usage"
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"username": None, "password": None}, "username and password missing"),
        ({"username": None}, "username missing"),
        ({"password": None}, "password missing"),
        ({"token": "t"}, "not both"),
        ({"username": None, "password": None, "token": "two words"}, "blanks"),
        ({"timeout": 0}, "timeout is 0"),
        ({"timeout": -1}, "timeout is -1"),
        ({"retries": -1}, "retries is -1"),
        ({"ca_path": "/nowhere/ca.pem"}, "is not a file"),
    ],
)
def test_options_that_are_refused(change, says):
    with pytest.raises(AsteraError, match=says) as caught:
        Connection.from_params({**PARAMS, **change})
    assert "canary" not in caught.value.message


def test_a_bundle_that_is_none_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(AsteraError, match="PEM bundle"):
        Connection.from_params({**PARAMS, "ca_path": str(tmp_path / "ca.pem")})


@pytest.mark.parametrize(
    ("change", "warns"),
    [
        ({}, []),
        ({"url": "http://astera.example:9261", "allow_http": True}, ["clear text"]),
        ({"validate_certs": False}, ["validate_certs"]),
        ({"username": "admin", "password": "Admin" + "123"}, ["factory"]),
    ],
)
def test_warnings(change, warns):
    warnings = Connection.from_params({**PARAMS, **change}).warnings
    assert len(warnings) == len(warns)
    assert all(word in warning for word, warning in zip(warns, warnings))


def test_another_port_of_the_same_server():
    for url, moved in (
        ("https://a.example:9261/x", "https://a.example:9300/x"),
        ("https://[::1]:9261", "https://[::1]:9300"),
    ):
        assert Connection.from_params({**PARAMS, "url": url}).moved_to_port(9300) == moved
