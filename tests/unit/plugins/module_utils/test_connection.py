# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import trustme
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import (
    Connection,
    given_options,
    redact_url,
    secrets_in_url,
    validate_url,
)
from ansible_collections.astera.data_stack.plugins.module_utils._client.tls import tls_context
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from cryptography.hazmat.primitives import serialization

PARAMS = {
    "url": "https://astera.example:9261",
    "username": "automation",
    "password": "canary-password",
    "token": None,
    "validate_certs": True,
    "ca_path": None,
    "client_cert": None,
    "client_key": None,
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
def test_validate_url_normalizes_addresses(given, expected):
    assert validate_url(given, allow_http=False) == expected


@pytest.mark.parametrize("option", ["token", "ca_path", "client_cert", "client_key"])
def test_connection_treats_an_empty_option_as_not_given(option):
    assert Connection.from_params({**PARAMS, option: ""}) == Connection.from_params(PARAMS)


@pytest.mark.parametrize(
    "url",
    [
        "admin:canary-S3cret@host:9261",
        "https:/admin:canary-S3cret@host",
        "https:admin:canary-S3cret@host",
        "https//admin:canary-S3cret@host",
        "htps://admin:canary-S3cret@host:9261",
        "https:///admin:canary-S3cret@host",
        "https:\\\\admin:canary-S3cret@host",
        "https://admin@corp:canary-S3cret@host",
        "https://admin:canary-S3cret@@host",
        "https://admin:canary-S3cret%40host:9261",
        "https://admin:canary-S3cret",
        "https://admin:canary-S3cret@[host",
        "https://host:9261/?key=canary-S3cret",
        "https://host:9261/#canary-S3cret",
        "https://admin:canary-S3cret/x@host:9261",
        "canary-S3cret:x@host",
        "https://canary-S3cret@host",
    ],
)
def test_validate_url_never_quotes_credentials_of_any_form_E3(url):
    with pytest.raises(AsteraError) as caught:
        validate_url(url, allow_http=True)
    assert "canary" not in caught.value.message
    assert "canary" not in redact_url(url)
    if ":" in url.partition("@")[0] and "@" in url and not url.startswith("canary"):
        assert any(secret.startswith("canary-S3cret") for secret in secrets_in_url(url))


@pytest.mark.parametrize(
    "url",
    ["https://astera.example:9261", "https://[fe80::1]:9261/astera", "astera.example", "snapshot:/tmp/a@b.json#c"],
)
def test_redact_url_keeps_what_holds_no_credentials_E3(url):
    assert redact_url(url) == url
    assert secrets_in_url(url) == []


@pytest.mark.parametrize("path", ["/api", "/api/", "/API", "/prefix/api", "/api/account/login", "/api/Server/Config"])
def test_validate_url_rejects_the_path_that_each_request_adds(path):
    with pytest.raises(AsteraError, match=r"must not end in /api.*address without /"):
        validate_url(f"https://astera.example:9261{path}", allow_http=False)


def test_validate_url_accepts_a_prefix_below_api():
    assert validate_url("https://gateway.example/api/astera", False) == "https://gateway.example:9261/api/astera"


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ({"url": "", "ca_path": None, "timeout": "", "name": ""}, {"name": ""}),
        ({"username": "a"}, {"username": "a", "token": None}),
        ({"token": "t"}, {"token": "t", "username": None, "password": None}),
        ({"token": "t", "password": ""}, {"token": "t", "username": None, "password": None}),
        ({"token": "t", "password": "p"}, {"token": "t", "username": None, "password": "p"}),
        ({"client_cert": "c"}, {"client_cert": "c", "client_key": None}),
        ({"client_key": "k"}, {"client_key": "k"}),
        ({"validate_certs": False, "retries": 0}, {"validate_certs": False, "retries": 0}),
    ],
)
def test_given_options_win_over_the_environment_A15(arguments, given):
    result = given_options(arguments)
    # A null keeps Ansible from asking the environment. Of an option that is given twice, the checks tell.
    assert {key: value for key, value in result.items() if value is not None or key in given} == given


@pytest.mark.parametrize("option", ["username", "password"])
def test_given_options_leave_the_other_half_of_the_login_to_the_environment_A15(option):
    assert given_options({option: "a", "token": ""}) == {option: "a", "token": None}


@pytest.fixture
def client_files(tmp_path):
    certificate = trustme.CA().issue_cert("client.example")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    key = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    locked = key.private_bytes(*form, serialization.BestAvailableEncryption(b"canary-passphrase"))
    (tmp_path / "locked.pem").write_bytes(locked)
    return tmp_path


@pytest.mark.parametrize("names", [("cert.pem", "key.pem"), ("both.pem", None)])
def test_connection_takes_a_client_certificate(client_files, names):
    cert, key = (str(client_files / name) if name else None for name in names)
    assert tls_context(Connection.from_params({**PARAMS, "client_cert": cert, "client_key": key}))


@pytest.mark.parametrize("names", [("cert.pem", None), ("cert.pem", "locked.pem"), ("key.pem", "key.pem")])
def test_connection_refuses_a_client_certificate_that_cannot_be_used(client_files, names):
    cert, key = (str(client_files / name) if name else None for name in names)
    with pytest.raises(AsteraError, match=r"client_cert .* cannot be used .* unencrypted"):
        tls_context(Connection.from_params({**PARAMS, "client_cert": cert, "client_key": key}))


def test_connection_rejects_a_bad_ca_bundle(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(AsteraError, match="PEM bundle"):
        tls_context(Connection.from_params({**PARAMS, "ca_path": str(tmp_path / "ca.pem")}))


@pytest.mark.parametrize(
    ("change", "warns"),
    [
        ({}, []),
        ({"url": "http://astera.example:9261", "allow_http": True}, ["clear text"]),
        ({"validate_certs": False}, ["validate_certs"]),
        ({"username": "admin", "password": "Admin" + "123"}, ["factory"]),
    ],
)
def test_connection_warns_of_insecure_options(change, warns):
    warnings = Connection.from_params({**PARAMS, **change}).warnings
    assert len(warnings) == len(warns)
    assert all(word in warning for word, warning in zip(warns, warnings))


def test_url_with_port_replaces_the_port():
    for url, moved in (
        ("https://a.example:9261/x", "https://a.example:9300/x"),
        ("https://[::1]:9261", "https://[::1]:9300"),
    ):
        assert Connection.from_params({**PARAMS, "url": url}).url_with_port(9300) == moved
