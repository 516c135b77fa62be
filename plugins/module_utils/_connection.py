# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options, once: argument spec, environment fallbacks, and the checks before any call.

Private to this collection.
"""

from __future__ import annotations

import functools
import hashlib
import os
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.astera.data_stack.plugins.module_utils._errors import usage
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret

# The vendor's article: "where Astera Integration Server is running on. By default its 9261".
DEFAULT_PORT = 9261

# Begins a url that is no address, but names a file with what a server answered before.
SNAPSHOT = "snapshot:"

# option → its spec; every one of them falls back to ASTERA_<OPTION>.
CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "required": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "allow_http": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 30},
    "retries": {"type": "int", "default": 4},
    "use_proxy": {"type": "bool", "default": True},
}

# SHA-256 of "user:password" of the account that every new server has. The words themselves stand nowhere in this code.
_FACTORY_ACCOUNT = "a67921c7d545df2090aee169c04dbe98d4cd48eaa51f025ff2559bbe0b46ede1"


def environment_variable(option: str) -> str:
    return f"ASTERA_{option.upper()}"


@dataclass(frozen=True)
class Connection:
    """Where the server is and how to log in, checked."""

    url: str
    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: int = 30
    retries: int = 4
    use_proxy: bool = True
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Connection:
        """Refuses what cannot work before any call is made, in a sentence that says what to do instead."""
        snapshot = params["url"].startswith(SNAPSHOT)
        url = params["url"] if snapshot else checked_url(params["url"], bool(params["allow_http"]))
        for option, least, most in (("timeout", 1, 3600), ("retries", 0, 100)):
            if not least <= params[option] <= most:
                raise usage(f"{option} is {params[option]}, and must be from {least} to {most}")
        if snapshot:
            return cls(url=url, timeout=params["timeout"], retries=params["retries"])
        _check_credentials(params)
        if url.startswith("https:") and params["validate_certs"]:
            _check_bundle(params["ca_path"])
        return cls(
            url=url,
            username=params["username"],
            password=Secret(params["password"]) if params["password"] else None,
            token=Secret(params["token"]) if params["token"] else None,
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            timeout=params["timeout"],
            retries=params["retries"],
            use_proxy=params["use_proxy"],
            warnings=tuple(_warnings(url, params)),
        )

    @property
    def is_snapshot(self) -> bool:
        return self.url.startswith(SNAPSHOT)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or DEFAULT_PORT

    def moved_to_port(self, port: int) -> str:
        """The same address at another port, for a server that was told to listen there."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}:{port}{parts.path}"


def checked_url(url: str, allow_http: bool) -> str:
    """``https://host[:port][/prefix]``, with the port always spelt out and no slash at the end."""
    if any(character <= " " or character == "\x7f" for character in url):
        raise usage("url contains blanks or control characters; write it as https://host:9261")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise usage("url is not of the form https://host:9261") from error
    if "@" in parts.netloc:
        raise usage("url contains credentials; give them as username and password instead")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise usage(f"url {url!r} is not of the form https://host:9261")
    if parts.scheme == "http" and not allow_http:
        raise usage("url is http://, which shows passwords to the network; use https://, or set allow_http to true")
    if parts.query or parts.fragment:
        raise usage(f"url {url!r} may not have a query or a fragment; write it as https://host:9261")
    try:
        port = DEFAULT_PORT if parts.port is None else parts.port
    except ValueError:
        port = 0
    if not 1 <= port <= 65535 or parts.netloc.endswith(":"):
        raise usage(f"url {url!r} has no usable port; give one from 1 to 65535, by default {DEFAULT_PORT}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def _check_credentials(params: dict[str, Any]) -> None:
    login = [option for option in ("username", "password") if params[option]]
    if params["token"] and login:
        raise usage("give either token or username and password, not both")
    if not params["token"] and len(login) < 2:
        missing = "username and password" if not login else ("password" if login == ["username"] else "username")
        raise usage(
            f"{missing} missing: give username and password, or a token (environment: ASTERA_USERNAME, ASTERA_PASSWORD, ASTERA_TOKEN)"
        )
    if params["token"] and any(not "!" <= character <= "~" for character in params["token"]):
        raise usage("token contains characters that no bearer token has, such as blanks or line ends")


def _check_bundle(ca_path: str | None) -> None:
    if ca_path is None:
        return
    if not os.path.isfile(ca_path):
        raise usage(f"ca_path {ca_path} is not a file; give a PEM bundle that holds the server's certificate or its CA")
    problem = _problem_of_bundle(ca_path, os.stat(ca_path).st_mtime_ns)
    if problem:
        raise usage(f"ca_path {ca_path} cannot be used as a PEM bundle ({problem})")


@functools.lru_cache(maxsize=8)
def _problem_of_bundle(ca_path: str, _modified: int) -> str | None:
    """Read once for all items of a loop, unless the file changes."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_path)
    except (OSError, ssl.SSLError) as error:
        return str(error.strerror or error)
    return None


def _warnings(url: str, params: dict[str, Any]) -> list[str]:
    found = []
    if url.startswith("http:"):
        found.append("url is http://: everything, passwords included, crosses the network in clear text")
    elif not params["validate_certs"]:
        found.append(
            "validate_certs is false: anyone on the way can pose as the server; ca_path is the way to trust its certificate"
        )
    account = f"{params['username']}:{params['password']}".encode()
    if hashlib.sha256(account).hexdigest() == _FACTORY_ACCOUNT:
        found.append("this login is the factory account with its factory password; change the password on the server")
    return found
