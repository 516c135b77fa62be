# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove known secrets, and what looks like a secret, from text in linear time. Private to this collection."""

from __future__ import annotations

import base64
import functools
import html
import html.entities
import json
import re
import string
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ._secrets import MASK, SECRET_WORDS

# A shorter secret is masked only where it is a whole value: inside text it would mask innocent words ("12" in an id).
MIN_SECRET_LENGTH = 4
# A shorter line of a multi-line secret, and a shorter encoded form, occur in innocent text.
_MIN_LINE_LENGTH = 8
_MIN_ENCODED_LENGTH = 6
# A longer secret gets only the spellings of its lines, because each spelling is a copy of the whole.
_MAX_SPELLED_LENGTH = 4096

_PREFIX = 4
_BASE64_CHARACTERS = string.ascii_letters + string.digits + "+/=-_%\\"
_FOLD = {ord(upper): ord(upper.lower()) for upper in string.ascii_uppercase}
_NUMBER = re.compile(r"-?\d{4,40}(?:\.\d{1,40})?")


class Redactor:
    """Mask the secrets that it was made with, in the documented spellings.

    Immutable, so that threads can share one: ``with_secrets`` returns another redactor.
    """

    def __init__(self, secrets: Iterable[str | None] = (), quoted: Iterable[str] = ()) -> None:
        """secrets: masked as whole values and in prose. quoted: masked only in text that comes from a server."""
        self._plain: frozenset[str] = frozenset()
        self._values: frozenset[str] = frozenset()
        self._numbers: frozenset[float] = frozenset()
        self._known = self._quoted = _Literals()
        self._add(secrets, quoted)

    def with_secrets(self, secrets: Iterable[str | None], quoted: Iterable[str] = ()) -> Redactor:
        other = Redactor()
        other.__dict__.update(self.__dict__)
        other._add(secrets, quoted)
        return other

    def _add(self, secrets: Iterable[str | None], quoted: Iterable[str]) -> None:
        new = {text for secret in secrets for text in _with_parts(secret) if text not in self._values}
        long = [text for text in new if len(text) >= MIN_SECRET_LENGTH]
        spelled = [form for text in long for form in spellings(text)]
        self._values |= new.union(form for form, _encoded in spelled)
        self._numbers |= {number for text in new if _NUMBER.fullmatch(text) for number in _numbers(text)}
        self._known = self._known.with_forms(spelled)
        words = {text for word in quoted for text in _with_parts(word) if len(text) >= MIN_SECRET_LENGTH}
        self._quoted = self._quoted.with_forms(form for text in words for form in spellings(text))
        self._plain |= {_fold(" ".join(text.split())) for text in (*long, *words)}

    def is_secret(self, value: Any) -> bool:
        """Return whether a whole value, text or number, is a known secret."""
        if isinstance(value, str):
            return _normalized(value) in self._values
        return isinstance(value, (int, float)) and value in self._numbers

    def __call__(self, text: str) -> str:
        """Mask known secrets and what looks like a secret."""
        return redact_patterns(self._known.mask(text))

    def redact_known(self, text: str) -> str:
        """Mask known secrets only."""
        return self._known.mask(text)

    def redact_server_text(self, text: str) -> str:
        """Mask known secrets, values of uploaded configurations, and what looks like a secret."""
        return redact_patterns(self._quoted.mask(self._known.mask(text)))

    def redact_truncated(self, text: str) -> str:
        """Mask text from a server that might end in the middle of a secret, because the server cut it."""
        text = self.redact_server_text(text)
        kept = text.rstrip(" .…'\"")
        folded = _fold(kept)
        for secret in self._plain:
            start = folded.rfind(secret[:_MIN_ENCODED_LENGTH])
            if start >= 0 and secret.startswith(folded[start:]):
                return kept[:start] + MASK
        return text


# Known secrets


class _Literals:
    """An immutable set of literal texts, indexed by their first characters."""

    def __init__(
        self, buckets: Mapping[str, tuple[str, ...]] | None = None, codes: frozenset[str] = frozenset()
    ) -> None:
        """buckets: the first characters → the literals that begin with them, the longest first."""
        self._buckets = buckets or {}
        self._codes = codes

    def with_forms(self, forms: Iterable[tuple[str, bool]]) -> _Literals:
        """forms: each text, and whether it is encoded so that the text around it might be part of the same code."""
        new = {_fold(text): encoded for text, encoded in forms}
        added: dict[str, set[str]] = {}
        for text in new:
            added.setdefault(text[:_PREFIX], set()).add(text)
        merged = {
            prefix: tuple(sorted(found.union(self._buckets.get(prefix, ())), key=len, reverse=True))
            for prefix, found in added.items()
        }
        codes = self._codes.union(text for text, encoded in new.items() if encoded)
        return _Literals({**self._buckets, **merged}, codes) if merged else self

    def mask(self, text: str) -> str:
        """Replace each literal, whatever the case of its ASCII letters. One pass, whatever the number of literals."""
        if not self._buckets or len(text) < _PREFIX:
            return text
        folded = _fold(text)
        pieces: list[str] = []
        done = place = 0
        while place <= len(folded) - _PREFIX:
            bucket = self._buckets.get(folded[place : place + _PREFIX])
            if bucket is None or not folded.startswith(bucket, place):
                place += 1
                continue
            found = next(literal for literal in bucket if folded.startswith(literal, place))
            kept, place = text[done:place], place + len(found)
            if found in self._codes:
                kept = kept.rstrip(_BASE64_CHARACTERS)
                while place < len(text) and text[place] in _BASE64_CHARACTERS:
                    place += 1
            pieces += [kept, MASK]
            done = place
        return "".join([*pieces, text[done:]])


def _fold(text: str) -> str:
    """Lower the case of ASCII letters. The length stays, so that places in the result are places in the text."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


def _normalized(secret: str | None) -> str:
    return unicodedata.normalize("NFC", (secret or "").strip())


def _numbers(text: str) -> Iterator[float]:
    """A server might show a long number in floating point."""
    yield float(text)
    if "." not in text:
        yield int(text)


def _with_parts(secret: str | None) -> Iterator[str]:
    """The secret, the lines of a long one, and the passwords inside a connection string."""
    text = _normalized(secret)
    if not text or text == MASK:
        return
    yield text
    given = (secret or "").strip()
    if given != text:
        yield given
    lines = text.splitlines()
    if len(lines) > 1 or len(text) > _MAX_SPELLED_LENGTH:
        yield from (line.strip() for line in lines if len(line.strip()) >= _MIN_LINE_LENGTH)
    if len(lines) > 1 or ";" in text:
        yield from (value for value in _assigned_values(text) if len(value) >= MIN_SECRET_LENGTH)


@functools.lru_cache(maxsize=1024)
def spellings(secret: str) -> tuple[tuple[str, bool], ...]:
    """Return the literal spellings of a secret that the guide on secrets lists; true: it might be part of a longer code."""
    if len(secret) > _MAX_SPELLED_LENGTH:
        return ((secret, False),)
    raw, wide = (secret.encode(encoding, "surrogatepass") for encoding in ("utf-8", "utf-16-le"))
    forms = dict.fromkeys((form, False) for form in _plain_spellings(secret) if len(form) >= MIN_SECRET_LENGTH)
    others = {*_url_spellings(raw), *_html_spellings(secret), *_hex_spellings(raw, wide), repr(raw)[2:-1]}
    forms.update(dict.fromkeys((form, False) for form in others if len(form) >= _MIN_ENCODED_LENGTH))
    codes = {form for content in (raw, wide) for code in _base64_spellings(content) for form in _escaped_code(code)}
    forms.update(dict.fromkeys((code, True) for code in codes if len(code) >= _MIN_ENCODED_LENGTH))
    return tuple(forms)


def _plain_spellings(secret: str) -> Iterator[str]:
    """As it is, decomposed, with whitespace collapsed, in JSON (once and twice), in JSON of .NET, Python and SQL."""
    once = json.dumps(secret)[1:-1]
    dotnet = _dotnet_json(secret)
    yield from (secret, unicodedata.normalize("NFD", secret), " ".join(secret.split()))
    yield from (once, once.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1], dotnet)
    yield from (json.dumps(once)[1:-1], _dotnet_json(dotnet), json.dumps(dotnet)[1:-1])
    yield from (repr(secret)[1:-1], secret.replace("'", "''"), secret.replace('"', '""'))


def _dotnet_json(text: str) -> str:
    """JSON as System.Text.Json escapes it: everything that has a meaning in HTML."""
    escaped = json.dumps(text)[1:-1].replace('\\"', "\\u0022")
    return re.sub("['&<>+`]", lambda match: f"\\u{ord(match[0]):04X}", escaped)


def _url_spellings(raw: bytes) -> Iterator[str]:
    """Percent-encoded as a query, a path, a form, by ``encodeURIComponent``, by ``encodeURI``, and twice."""
    query = urllib.parse.quote(raw, safe="")
    yield from (query, urllib.parse.quote(query, safe=""), urllib.parse.quote_plus(raw))
    yield from (urllib.parse.quote(raw, safe=safe) for safe in ("/", "!'()*", "!'()*;/?:@&=+$,#"))


def _html_spellings(text: str) -> Iterator[str]:
    """Escaped with numbers or names, by WebUtility and HtmlEncoder of .NET, and twice."""
    once = html.escape(text)
    apostrophe = once.replace("&#x27;", "&#39;")
    named = "".join(_entity(character) for character in text)
    yield from (once, apostrophe, once.replace("&#x27;", "&apos;"), html.escape(text, quote=False), named)
    yield re.sub("[^\0-\x9f]", lambda match: f"&#{ord(match[0])};", apostrophe)
    yield re.sub("[^\0-\x7f]|[+]", lambda match: f"&#x{ord(match[0]):X};", once)
    yield from (html.escape(once), html.escape(apostrophe))


def _entity(character: str) -> str:
    name = html.entities.codepoint2name.get(ord(character))
    return f"&{name};" if name else character


def _hex_spellings(raw: bytes, wide: bytes) -> Iterator[str]:
    yield from (raw.hex(), wide.hex())
    yield from (raw.hex(separator) for separator in "-: ")


def _base64_spellings(raw: bytes) -> Iterator[str]:
    """The characters that are the same wherever in a longer text the secret begins."""
    yield base64.b64encode(raw).decode()
    for offset, uncertain in enumerate((0, 2, 3)):
        code = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")[uncertain:]
        # The last character might hold bits of what follows.
        yield code if (offset + len(raw)) % 3 == 0 else code[:-1]


def _escaped_code(code: str) -> Iterator[str]:
    """Base64 as it is, for URLs, percent-encoded, and inside JSON."""
    yield from (code, code.translate({ord("+"): "-", ord("/"): "_"}), urllib.parse.quote(code, safe=""))
    yield from (code.replace("/", "\\/"), code.replace("+", "\\u002B"))


# What looks like a secret. Each pattern consumes what it matches, and looks at a limited number of characters for each place
# where it does not, so that the time is linear in the length of the text.

_SECRET_NAME = re.compile(rf"(?:{SECRET_WORDS}|\bpass)[\w.-]{{0,40}}$|\bkey$", re.IGNORECASE)
# Backwards from the mark.
_NAME_BEFORE = re.compile(r"""\s{0,9}(?:["']\\{0,8})?([\w.-]{1,60})""")
_WORD_BEFORE = re.compile(r"(?:pass(?:word|wd|phrase)|pwd|secret)", re.IGNORECASE)
# Before a value: an equals sign or a colon; or whitespace, where a quote follows.
_MARK = re.compile(r"""([=:])\s{0,9}|(?<=\s)(?=\\{0,8}["'])""")
MAX_NAME_LENGTH = 80
_OPENING = re.compile(r"""\\{0,8}["']""")
_QUOTED_VALUE = {
    quote: re.compile(rf"(?:\\.|{quote}{quote}|[^{quote}\\])*(?:{quote}|\Z)", re.DOTALL) for quote in "\"'"
}
# Password=a secret;User=sa
_UP_TO_SEMICOLON = re.compile(r"""[^\s;"'\\][^;"'\r\n]{0,500}(?=;)""")
_UNQUOTED_VALUE = re.compile(r"""\[[^\]]*\]?|[^\s;,&}"'\\<>\[\]]+""")

_ELEMENT = re.compile(r"<([\w:.-]{1,100})(?:\s[^<>]{0,500})?>[^<]+")
_PATTERNS = (
    # A token of three to five parts, which is the only one of these that no name holds.
    re.compile(r"()(?<![\w-])eyJ[\w-]{5,}(?:\.[\w-]*){2,4}"),
    re.compile(r"(\bbearer\s{1,9})\S+", re.IGNORECASE),
    re.compile(
        r"(\b(?:basic|digest|negotiate|ntlm)\s{1,9})(?=[a-z]*[\d=+/]|(?-i:[A-Za-z]?[a-z]*[A-Z]))[\w+/=.~-]{6,}",
        re.IGNORECASE,
    ),
)
# https://user:password@host
_AUTHORITY = re.compile(r"""//[^/\s:@"'<>]{0,200}:""")
_LONGEST_PASSWORD = 500
_PASSWORD = re.compile(r"""[^\s"'<>]*""")
# A name has letters; a time has not two in a row.
_POSSIBLE = re.compile(r"[^\W\d_]{2}|//")
_NEEDED = re.compile(r"[=:<]|\s\\{0,8}[\"']|bearer|basic|digest|negotiate|ntlm|eyJ", re.IGNORECASE)


def redact_patterns(text: str, of_name: bool = False) -> str:
    """Mask what looks like a secret although it was not declared: ``Password=…``, ``Bearer …``, ``//user:…@host``.

    of_name: the text names something, so that ``Reset password: daily`` and ``Basic Import2`` are innocent.
    """
    if not (_POSSIBLE.search(text) and _NEEDED.search(text)):
        return text
    text = _ELEMENT.sub(_redact_element, text)
    text = _mask_spans(text, _assignments(text, "" if of_name else ":"))
    text = _mask_spans(text, _credentials(text))
    for pattern in _PATTERNS[:1] if of_name else _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _redact_element(match: re.Match[str]) -> str:
    """``<Password>secret</Password>``."""
    whole: str = match[0]
    return whole[: whole.index(">") + 1] + MASK if re.search(SECRET_WORDS, match[1], re.IGNORECASE) else whole


def _mask_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for start, end in spans:
        pieces += [text[done:start], MASK]
        done = end
    return "".join([*pieces, text[done:]])


def _credentials(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the passwords of addresses stand: up to the last ``@``, because a password might hold one."""
    done = 0
    for match in _AUTHORITY.finditer(text):
        start, limit = match.end(), match.end() + _LONGEST_PASSWORD
        if match.start() < done or text.find("@", start, limit) < 0:
            continue
        password = _PASSWORD.match(text, start, limit)
        end = text.rfind("@", start, password.end()) if password else -1
        if end > start:
            yield start, end
            done = end


def _assigned_values(text: str) -> Iterator[str]:
    return (text[start:end].strip("\\\"'") for start, end in _assignments(text))


def _assignments(text: str, unquoted_after: str = ":") -> Iterator[tuple[int, int]]:
    """Yield where the values of secrets stand: ``password: "secret"``, ``password 'secret'``, ``Password=a secret;``."""
    signs = f"={unquoted_after}"
    done = 0
    for mark in _MARK.finditer(text):
        if mark.start() < done:
            continue
        before = _NAME_BEFORE.match(text[max(done, mark.start() - MAX_NAME_LENGTH) : mark.start()][::-1])
        name = before[1][::-1] if before else ""
        value = None
        if mark[1] and _is_secret_name(name):
            value = _value_at(text, mark.end(), mark[1], signs)
        elif not mark[1] and _WORD_BEFORE.fullmatch(name):
            value = _quoted_end(text, mark.end())
        if value is not None and value > mark.end():
            yield mark.end(), value
            done = value


@functools.lru_cache(maxsize=1024)
def _is_secret_name(name: str) -> bool:
    return any(_SECRET_NAME.search(form) for form in (name, re.sub("[._-]+", "", name)))


def _value_at(text: str, start: int, sign: str, signs: str) -> int | None:
    """Return where the value that starts here ends. signs: those after which it needs no quotes."""
    quoted = _quoted_end(text, start)
    if quoted is not None or sign not in signs:
        return quoted
    match = (_UP_TO_SEMICOLON.match(text, start) if sign == "=" else None) or _UNQUOTED_VALUE.match(text, start)
    return match.end() if match else None


def _quoted_end(text: str, start: int) -> int | None:
    """Return where a quoted value ends; truncated text has no closing quote."""
    opening = _OPENING.match(text, start)
    if not opening:
        return None
    if len(opening[0]) == 1:
        match = _QUOTED_VALUE[opening[0]].match(text, opening.end())
        return match.end() if match else len(text)
    # The quotes of JSON inside JSON: the closing one has the same backslashes before it, and no more.
    end = text.find(opening[0], opening.end())
    while end > 0 and text[end - 1] == "\\":
        end = text.find(opening[0], end + 1)
    return len(text) if end < 0 else end + len(opening[0])
