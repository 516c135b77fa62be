# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options: argument spec, environment fallbacks, and the validation before the first request.

Private to this collection.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import unquote, urlsplit

from .._errors import usage
from .._secrets import MASK, Secret

# The vendor's article: "where Astera Integration Server is running on. By default its 9261".
DEFAULT_PORT = 9261

# Prefix of a url that names a file with the responses of a server, in place of an address.
SNAPSHOT = "snapshot:"

# Option → its spec. The environment variable of each is ASTERA_<OPTION>.
CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "required": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "allow_http": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 4},
    "use_proxy": {"type": "bool", "default": True},
}

# If a task sets an option of the first group, the environment does not set those of the second.
_OVERRIDES = (
    (("username", "password"), ("token",)),
    (("token",), ("username", "password")),
    (("client_cert",), ("client_key",)),
)
# The path in "Server API Path" of the Astera client, and those of the requests below it.
_API_PATH = re.compile(r"/api(?:/account(?:/login)?|/server(?:/config)?|/serverinfo)?$", re.IGNORECASE)
# A valid or invalid address that cannot contain credentials.
_HARMLESS_URL = re.compile(
    r"(?:[a-z][a-z\d+.-]{0,9}:)?/*(?:[\w.-]*|\[[\da-f:.]*\])(?::\d{0,6})?(?:/[^?#@:%]*)?", re.IGNORECASE
)

# String options. An empty string counts as not set.
_TEXTS = tuple(option for option, spec in CONNECTION_OPTIONS.items() if spec["type"] in ("str", "path"))

# SHA-256 of "user:password" of the account that every new server has, so that the password is not in this code.
_FACTORY_ACCOUNT = "a67921c7d545df2090aee169c04dbe98d4cd48eaa51f025ff2559bbe0b46ede1"


def environment_variable(option: str) -> str:
    return f"ASTERA_{option.upper()}"


def given_options(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a task, before Ansible applies the environment fallbacks.

    An empty or null connection option counts as not set, because surveys and templates produce such values. An option of
    the task takes precedence over each environment variable that contradicts it, also over that of another option.
    """
    given = {key: value for key, value in arguments.items() if key not in CONNECTION_OPTIONS or value not in ("", None)}
    not_set: dict[str, Any] = {}
    for options, overridden in _OVERRIDES:
        if any(option in given for option in options):
            not_set.update(dict.fromkeys(overridden))
    return {**not_set, **given}


def redact_url(url: str) -> str:
    """Return an address of any form without what might be credentials. A valid address is returned unchanged."""
    if url.startswith(SNAPSHOT) or _HARMLESS_URL.fullmatch(url):
        return url
    host = url.rpartition("@")[2]
    return f"{MASK}@{host}" if "@" in url and _HARMLESS_URL.fullmatch(host) else MASK


def secrets_in_url(url: str) -> list[str]:
    """Return what might be a password in a rejected address, as it is written and percent-decoded."""
    if url.startswith(SNAPSHOT):
        return []
    found = []
    for form in dict.fromkeys((url, unquote(url))):
        parts = form.rpartition("@")[0].split(":")
        found += [":".join(parts[start:]).lstrip("/\\") for start in range(1, len(parts))]
    return [form for text in found for form in (text, unquote(text))]


@dataclass(frozen=True)
class Connection:
    """The validated address, credentials and limits."""

    url: str
    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: int = 30
    retries: int = 4
    use_proxy: bool = True
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Connection:
        """Return the validated connection. Raise a usage error that names the remedy."""
        params = {**params, **{option: params.get(option) or None for option in _TEXTS}}
        address = params["url"] or ""
        snapshot = address.startswith(SNAPSHOT)
        url = address if snapshot else validate_url(address, bool(params["allow_http"]))
        for option, least, most in (("timeout", 1, 3600), ("retries", 0, 100)):
            if not least <= params[option] <= most:
                raise usage(f"{option} is {params[option]}. Set it to a number from {least} to {most}.")
        if snapshot:
            return cls(url=url, timeout=params["timeout"], retries=params["retries"])
        _check_credentials(params)
        if params["client_key"] and not params["client_cert"]:
            raise usage("client_key requires client_cert. Set client_cert to the certificate that the key belongs to.")
        secrets = {option: Secret(params[option]) if params[option] else None for option in ("password", "token")}
        others = {
            item.name: params[item.name] for item in fields(cls) if item.name in params and item.name not in secrets
        }
        return cls(**{**others, **secrets, "url": url, "warnings": tuple(_warnings(url, params))})

    @property
    def is_snapshot(self) -> bool:
        return self.url.startswith(SNAPSHOT)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or DEFAULT_PORT

    def url_with_port(self, port: int) -> str:
        """Return the address with another port, for a server whose port was changed."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()


def validate_url(url: str, allow_http: bool) -> str:
    """Return ``https://host[:port][/prefix]``, always with a port and without a trailing slash.

    No message quotes an address that might contain credentials.
    """
    if not url:
        raise usage("url is missing. Set it, or the environment variable ASTERA_URL, to https://host:9261.")
    shown = f"url {url!r}" if _HARMLESS_URL.fullmatch(url) else "url"
    if any(character <= " " or character == "\x7f" for character in url):
        raise usage("url contains whitespace or control characters. Set it to https://host:9261.")
    if "@" in url:
        raise usage(
            "url contains credentials, or an @ that looks like them. Set username and password instead, and write %40 for an @ "
            "in a path."
        )
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise usage(f"{shown} is not of the form https://host:9261. Correct it.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise usage(f"{shown} is not of the form https://host:9261. Correct it.")
    if parts.scheme == "http" and not allow_http:
        raise usage("url is http://, which exposes passwords to the network. Use https://, or set allow_http to true.")
    if parts.query or parts.fragment:
        raise usage(f"{shown} must not have a query or a fragment. Set it to https://host:9261.")
    try:
        port = DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not 1 <= port <= 65535 or parts.netloc.endswith(":"):
        raise usage(f"{shown} has no valid port. Set one from 1 to 65535, by default {DEFAULT_PORT}.")
    path = parts.path.rstrip("/")
    found = _API_PATH.search(path)
    if found:
        raise usage(
            f"{shown} must not end in /api, because each request adds it. Set url to the address without {found[0]}."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}{path}"


def _check_credentials(params: dict[str, Any]) -> None:
    login = [option for option in ("username", "password") if params[option]]
    if params["token"] and login:
        raise usage(
            f"token and {' and '.join(login)} are mutually exclusive. Set only one way to log in, as options or in the environment "
            "(ASTERA_TOKEN, or ASTERA_USERNAME and ASTERA_PASSWORD)."
        )
    if not params["token"] and len(login) < 2:
        missing = (
            "username and password are" if not login else f"{'password' if login == ['username'] else 'username'} is"
        )
        raise usage(
            f"{missing} missing. Set username and password, or a token (environment: ASTERA_USERNAME, ASTERA_PASSWORD, "
            "ASTERA_TOKEN)."
        )
    if params["token"] and any(not "!" <= character <= "~" for character in params["token"]):
        raise usage(
            "token contains characters that are not allowed in a token, such as whitespace or line ends. Set the token alone, "
            "without the word Bearer."
        )


def _warnings(url: str, params: dict[str, Any]) -> list[str]:
    found = []
    if url.startswith("http:"):
        found.append("url is http://: passwords and all other data cross the network in clear text. Use https://.")
    elif not params["validate_certs"]:
        found.append(
            "validate_certs is false: anyone on the network path can pose as the server. Set ca_path to trust its certificate."
        )
    account = f"{params['username']}:{params['password']}".encode()
    if hashlib.sha256(account).hexdigest() == _FACTORY_ACCOUNT:
        found.append("this login is the factory account with its factory password. Change the password on the server.")
    return found
