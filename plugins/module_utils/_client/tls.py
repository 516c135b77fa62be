# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS with a server: which certificates are trusted and shown, and what a failed handshake says. Private to this collection."""

from __future__ import annotations

import functools
import os
import re
import ssl
from typing import TYPE_CHECKING

from .._errors import usage

try:
    import requests
    import urllib3
except ImportError:
    # The transport reports it.
    pass

if TYPE_CHECKING:
    from .connection import Connection

# Python has a name for it from 3.10 on.
_PARTIAL_CHAIN = getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
_MAX_REASON = 200

# What OpenSSL calls a server's alert that is about the certificate of the client.
_REJECTS_CLIENT = re.compile(
    r"ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN)"
    r"|UNKNOWN_CA|ACCESS_DENIED)"
)
_NO_TLS = re.compile(r"WRONG_VERSION_NUMBER|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|PACKET_LENGTH_TOO_LONG")
_OLD_TLS = re.compile(r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW|LEGACY_SIGALG")
CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError)
# OpenSSL's numbers for a certificate that is for another name or address, and for one that is not yet or no longer valid.
_OTHER_NAME, _OTHER_TIME = (62, 63, 64), (9, 10)


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Return the context for a way to trust. It is made once, because loading certificates takes longer than a request.

    Raise a usage error for a file that cannot be used.
    """
    files = {option: getattr(connection, option) for option in ("ca_path", "client_cert", "client_key")}
    if not connection.validate_certs:
        files["ca_path"] = None
    for option, path in files.items():
        if path and not os.path.isfile(path):
            raise usage(f"{option} {path} is not a file. Set it to a PEM file on the machine where the task runs.")
    modified = tuple(os.stat(path).st_mtime_ns if path else None for path in files.values())
    # A task's environment may name another store of the system.
    store = tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    return _make_tls_context(connection.validate_certs, tuple(files.values()), modified, store)


@functools.lru_cache(maxsize=32)
def _make_tls_context(
    validate: bool, files: tuple[str | None, ...], _modified: tuple[int | None, ...], _store: tuple[str | None, ...]
) -> ssl.SSLContext:
    ca_path, client_cert, client_key = files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if client_cert:
        _load_client_certificate(context, client_cert, client_key)
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        # The task warns once, in its result; a line to stderr for each request says no more.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return context
    if ca_path:
        try:
            context.load_verify_locations(cafile=ca_path)
        except (OSError, ssl.SSLError) as error:
            raise usage(
                f"ca_path {ca_path} cannot be used as a PEM bundle ({error_reason(error)}). Set it to a file with the server's "
                "certificate or its CA in PEM format."
            ) from error
    else:
        # The CA of a company is in the system's store, where Ansible's own modules look; a container may have only the
        # bundle of requests.
        context.load_default_certs()
        bundle = requests.utils.DEFAULT_CA_BUNDLE_PATH
        context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})
    # A stock server's certificate signs itself: trusting exactly that one is the point of ca_path.
    context.verify_flags |= _PARTIAL_CHAIN
    # urllib3 1.26 cannot leave the name of an address to OpenSSL, and compares names itself, unlike every other client.
    context.check_hostname = not urllib3.__version__.startswith("1.")  # type: ignore[attr-defined]
    return context


def _load_client_certificate(context: ssl.SSLContext, client_cert: str, client_key: str | None) -> None:
    try:
        # Without a password at hand, OpenSSL would ask for that of an encrypted key on the terminal, and wait.
        context.load_cert_chain(client_cert, client_key, password=lambda: "")
    except (OSError, ValueError) as error:
        files = f"client_cert {client_cert}" + (f" and client_key {client_key}" if client_key else "")
        raise usage(
            f"{files} cannot be used ({error_reason(error)}). Set client_cert to a certificate in PEM format and client_key to "
            "its private key, unencrypted."
        ) from error


def rejects_client(cause: BaseException) -> bool:
    return bool(_REJECTS_CLIENT.search(getattr(cause, "reason", None) or ""))


def failure_message(cause: BaseException, where: str, has_client_cert: bool) -> str | None:
    """Return what is wrong with TLS, and the remedy. None where the connection just broke."""
    reason = getattr(cause, "reason", None) or ""
    number = getattr(cause, "verify_code", None)
    why = error_reason(cause)
    if isinstance(cause, (*CLOSED, ConnectionError)):
        return None
    # urllib3 1.26 compares names by itself, and has an error of its own for it.
    if number in _OTHER_NAME or type(cause).__name__ == "CertificateError":
        return (
            f"the TLS certificate of {where} is for another name ({why}). Set url to a name for which the certificate was issued, "
            "or issue one for this name."
        )
    if number in _OTHER_TIME:
        return (
            f"the TLS certificate of {where} is not valid now ({why}). Renew the certificate on the server, and check the clock of "
            "this machine."
        )
    if number is not None:
        return f"the TLS certificate of {where} is not trusted ({why}). Set ca_path to a file with the server's certificate or its CA."
    if _NO_TLS.search(reason):
        return (
            f"{where} does not speak TLS ({why}). Check the port, or, if the server has no https, set url to http:// and allow_http "
            "to true."
        )
    if _OLD_TLS.search(reason):
        return f"{where} offers only a version of TLS that this machine refuses ({why}). Enable TLS 1.2 or later on the server."
    if rejects_client(cause) and has_client_cert:
        return f"{where} rejected the client certificate ({why}). Set client_cert to a certificate that the server accepts."
    if rejects_client(cause) or ("HANDSHAKE_FAILURE" in reason and not has_client_cert):
        return (
            f"{where} ended the TLS handshake ({why}), probably because it requires a client certificate. Set client_cert and "
            "client_key, or check that both sides have a cipher in common."
        )
    return f"TLS with {where} failed ({why}). Check the TLS settings of the server."


def error_reason(error: BaseException) -> str:
    """Return one short phrase, without addresses of Python objects."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # urllib3 1.26 has the system's error only in its text.
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
    return (text.rsplit(": ", 1)[-1] if " object at 0x" in text or text.startswith("<") else text)[:_MAX_REASON]
