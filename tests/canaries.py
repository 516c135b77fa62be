# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that give themselves away, and every spelling in which to look for them."""

from __future__ import annotations

import base64
import functools
import html
import json
import urllib.parse
from collections.abc import Iterator


def dotnet(text: str) -> str:
    """JSON as System.Text.Json escapes it: everything that could mean something in HTML."""
    escaped = json.dumps(text)[1:-1].replace('\\"', "\\u0022")
    for character in "'&<>+`":
        escaped = escaped.replace(character, f"\\u{ord(character):04X}")
    return escaped


@functools.cache
def spellings(text: str) -> dict[str, str]:
    """What an encoder makes of the text, by the encoder's name. In upper case and lower case where both are usual."""
    once = json.dumps(text)[1:-1]
    raw = text.encode("utf-8", "surrogatepass")
    found = {
        "plain": text,
        "JSON": once,
        "JSON in Unicode": json.dumps(text, ensure_ascii=False)[1:-1],
        "JSON of .NET": dotnet(text),
        "JSON in JSON": json.dumps(once)[1:-1],
        "URL": urllib.parse.quote(raw, safe=""),
        "URL path": urllib.parse.quote(raw),
        "URL form": urllib.parse.quote_plus(raw),
        "URL twice": urllib.parse.quote(urllib.parse.quote(raw, safe=""), safe=""),
        "HTML": html.escape(text),
        "HTML of .NET": html.escape(text).replace("&#x27;", "&#39;"),
        "Python": repr(text)[1:-1],
        "Python bytes": repr(raw)[2:-1],
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        "hex of .NET": "-".join(f"{byte:02X}" for byte in raw),
    }
    found.update({f"base64 {name}": code for name, code in _base64(raw)})
    found.update(
        {f"base64 of UTF-16 {name}": code for name, code in _base64(text.encode("utf-16-le", "surrogatepass"))}
    )
    return found


def _base64(raw: bytes) -> Iterator[tuple[str, str]]:
    """Only what does not depend on what stands before and after."""
    for offset, uncertain in enumerate((0, 2, 3)):
        code = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")[uncertain:]
        code = code if (offset + len(raw)) % 3 == 0 else code[:-1]
        yield f"at {offset}", code
        yield f"for URLs at {offset}", code.translate({ord("+"): "-", ord("/"): "_"})


FORMS = len(spellings("canary"))
# Of a long secret so much is looked for: where others are quoted only so much may be shown.
ENOUGH = 80


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    """Which of the secrets stand in a text, and how: plainly or in one of the usual disguises, wholly or cut off."""
    return sorted(
        f"{name}: {how}"
        for name, value in secrets.items()
        for how, spelling in spellings(value[:ENOUGH]).items()
        if spelling in text
    )
