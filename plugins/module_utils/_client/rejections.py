# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a response that is no success to an error: its code, whether the request can have been carried out, the server's words.

Private to this collection.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from typing import Any

from .. import _values
from .._errors import RequestError
from .._redactor import Redactor
from .._secrets import mask, wrap_secrets
from .responses import load_body
from .transport import Request, Response
from .waiting import RETRYABLE_STATUSES

MAX_DETAIL_LENGTH = 500
MAX_SHOWN_DETAIL = 200
# How much of an error's body is read for the server's words.
_MAX_ERROR_BODY = 64 * 1024
# Status → code of the error. Of those that are not here, a redirect is "invalid_response", and any other is "rejected".
STATUS_CODES = {
    401: "authentication",
    403: "permission",
    404: "not_found",
    **dict.fromkeys(RETRYABLE_STATUSES, "unreachable"),
    **dict.fromkeys(range(300, 400), "invalid_response"),
}
# Where an error's JSON has its message, the most telling first.
_MESSAGE_KEYS = ("title", "message", "detail", "error", "description", "error_description", "errors")
_SUCCESS_KEYS = ("success", "isSuccess", "succeeded", "isSucceeded", "successful")
_ERROR_KEYS = ("isError", "hasError", "hasErrors", "isErrors")
# A failure in the body of a response with a status of success.
_FAILED = re.compile(
    rb'"(?:(?:is)?succe(?:ss|eded|ssful)"\s*:\s*"?(?:false|0)|(?:is|has)errors?"\s*:\s*"?(?:true|1))\b|\A\s*\[\s*\{\s*"(?:code|description)"\s*:',
    re.IGNORECASE,
)


def error_from_response(request: Request, response: Response, host: str, redactor: Redactor) -> RequestError:
    """Return the error for a response that is no success."""
    status = response.status
    detail = error_detail(response, redactor)
    quoted = f"{request.method} {request.path} (HTTP {status}{f': {detail[:MAX_SHOWN_DETAIL]}' if detail else ''})"
    delivery = RequestError.REJECTED
    message = f"{host} rejected {quoted}"
    if 300 <= status < 400:
        delivery = RequestError.AMBIGUOUS
        message = f"{host} redirected {quoted}. Redirects are not followed: set url to the server's own address."
    elif status in RETRYABLE_STATUSES or status >= 500:
        delivery = RequestError.THROTTLED if status == 429 else RequestError.AMBIGUOUS
        message = f"{host} failed to process {quoted}"
    elif status == 403:
        message += ". Give the account's role permission for this REST URL."
    return RequestError(
        delivery,
        STATUS_CODES.get(status, "rejected"),
        message,
        method=request.method,
        path=request.path,
        status=status,
        detail=detail,
        retry_after=response.retry_after,
    )


def is_error_body(response: Response) -> bool:
    """Return whether the body of a 200 reports a failure, as some servers do. Deeper inside, it is about something else."""
    if not _FAILED.search(response.body[:2000] + response.body[-2000:]):
        return False
    try:
        content = load_body(response.body)
    except ValueError:
        return False
    if isinstance(content, list):
        return bool(content) and all(_is_identity_error(item) for item in content)
    if not isinstance(content, dict):
        return False
    good = (_values.parse_boolean(_values.get(content, key)) for key in _SUCCESS_KEYS)
    bad = (_values.parse_boolean(_values.get(content, key)) for key in _ERROR_KEYS)
    return False in good or True in bad


def error_detail(response: Response, redactor: Redactor) -> str:
    """Return the server's words, redacted: from ProblemDetails, a message object, a JSON string, plain text or HTML."""
    text = _decode_text(response.body[:_MAX_ERROR_BODY])
    try:
        text = _extract_message(mask(wrap_secrets(_values.load_json(text))))
    except (ValueError, RecursionError):
        if "html" in response.content_type or text.lstrip().startswith("<"):
            text = _strip_html(redactor.redact_server_text(text))
    text = " ".join(redactor.redact_server_text(text).split())
    return redactor.redact_truncated(text)[:MAX_DETAIL_LENGTH]


def _extract_message(content: Any) -> str:
    """Return the message in an error's JSON: of ProblemDetails, ASP.NET Identity, or an object with a message of any name."""
    if isinstance(content, list):
        return "; ".join(map(_extract_message, content))
    if _is_identity_error(content):
        return f"{_values.get(content, 'description')} ({_values.get(content, 'code')})"
    if isinstance(content, dict):
        parts = [_values.get(content, key) for key in _MESSAGE_KEYS]
        found = [_extract_message(part) for part in parts if not _values.is_empty(part)]
        return ": ".join(found) if found else json.dumps(content)
    return content if isinstance(content, str) else json.dumps(content)


def _is_identity_error(item: Any) -> bool:
    """Return whether it is one of the errors that ASP.NET Identity lists: ``{"code": "…", "description": "…"}``."""
    return (
        isinstance(item, dict)
        and len(item) == 2
        and all(isinstance(_values.get(item, key), str) for key in ("code", "description"))
    )


def _decode_text(body: bytes) -> str:
    """Return text that might be in UTF-8, UTF-16 or Windows-1252: in another encoding no secret would be recognized."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    if body[1:2] == b"\0":
        return body.decode("utf-16-le", "replace")
    try:
        # A character at the end might be truncated.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(body).replace("\0", "")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace").replace("\0", "")


def _strip_html(text: str) -> str:
    """Drop tags, and what stands between those of scripts and styles. In linear time, unclosed tags included."""
    kept, inside = [], ""
    for part in re.split(r"(<[^<>]*>)", text):
        tag = re.match(r"<(/?)(script|style)\b", part, re.IGNORECASE)
        if tag and tag[1]:
            inside = "" if tag[2].lower() == inside else inside
        elif tag:
            inside = inside or tag[2].lower()
        elif not inside and not part.startswith("<"):
            kept.append(part)
    return html.unescape(" ".join(kept))
