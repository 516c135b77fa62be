# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets out of other people's texts: the known ones in every spelling, and what looks like one. Private to this collection."""

from __future__ import annotations

import base64
import functools
import html.entities
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.astera.data_stack.plugins.module_utils._secrets import MASK, SECRET_WORDS

# A shorter value would mask innocent text ("12" inside an id), and is no secret worth the name.
SHORTEST = 4
# Of a text of many lines each line is hidden, too, unless it is as short as innocent words are.
_SHORTEST_LINE = 8
# An encoded piece that is shorter than this stands in innocent texts.
_SHORTEST_CODE = 6
_LONGEST_SPELT = 4096

# All repetitions before what has to follow have a limit: a hostile text must not cost its length squared.
# Opening and closing quote are the same, with the same backslashes before them; a text that was cut has no closing one.
_QUOTED = r"""(?:(["'])(?:\\.|\2\2|(?!\2)[^\\])*(?:\2|\Z)|(\\+["'])(?:(?!(?<!\\)\3).)*(?:\3|\Z))"""
_NAME = rf"(?:(?:{SECRET_WORDS}|\bpass)\w{{0,40}}|\bkey\b)"
_PATTERNS = (
    # <Password>secret</Password>
    re.compile(rf"(<[\w:.-]*(?:{SECRET_WORDS})[\w.-]*(?:\s[^>]*)?>)[^<]+", re.IGNORECASE),
    # Password=a secret;User=sa
    re.compile(rf"""({_NAME}\s{{0,9}}=\s{{0,9}})(?![\s"'\\])[^;"'\r\n]{{1,500}}(?=;)""", re.IGNORECASE),
    # password: "secret", {\"password\": \"secret\"}, password 'secret'
    re.compile(rf"""({_NAME}(?:\\*["'])?\s{{0,9}}[=:]\s{{0,9}}){_QUOTED}""", re.IGNORECASE | re.DOTALL),
    re.compile(rf"((?:pass(?:word|wd|phrase)|pwd|secret)\s+){_QUOTED}", re.IGNORECASE | re.DOTALL),
    re.compile(rf"""({_NAME}(?:\\*["'])?\s{{0,9}}[=:]\s{{0,9}})(?:\[[^\]]*\]?|[^\s;,&}}"'\\<>\[\]]+)""", re.IGNORECASE),
    re.compile(r"(bearer\s+)\S+", re.IGNORECASE),
    re.compile(
        r"((?:basic|digest|negotiate|ntlm)\s+)(?=[a-z]*[\d=+/]|(?-i:[A-Za-z]?[a-z]*[A-Z]))[\w+/=.~-]{6,}", re.IGNORECASE
    ),
    re.compile(r"()\beyJ[\w-]{5,}(?:\.[\w-]*){2,4}"),
    re.compile(r"""(//[^/\s:@"'<>]{0,200}:)[^\s"'<>]{1,500}(?=@)"""),
)
# None of them matches a text without one of these: most texts of a result have none.
_NEEDED = re.compile(r"[=:<]|\s\\*[\"']|bearer|basic|digest|negotiate|ntlm|eyJ", re.IGNORECASE)
_ASSIGNED = re.compile(rf"""{_NAME}["']?\s{{0,9}}[=:]\s{{0,9}}["']?([^\s;,&"']+)""", re.IGNORECASE)
_CODE = string.ascii_letters + string.digits + "+/=-_%\\"
_DIGITS_ONLY = {ord(character): None for character in "-: "}


class Redactor:
    """Takes known secrets, in whatever way a server spells them, and what looks like one out of a text."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._known: set[str] = set()
        self._spelt: list[_Form] = []
        self._codes: list[_Form] = []
        self._hex: dict[str, str] = {}
        # The first characters of a line → the lines that begin so.
        self._lines: dict[str, list[str]] = {}
        self.learn(*secrets)

    def learn(self, *secrets: str | None) -> None:
        for secret in secrets:
            text = unicodedata.normalize("NFC", secret or "").strip()
            if len(text) < SHORTEST or text == MASK or text in self._known:
                continue
            self._known.add(text)
            lines = text.splitlines()
            long = len(text) > (_LONGEST_SPELT if len(lines) == 1 else _LONGEST_SPELT // 8)
            for form in dict.fromkeys((text, (secret or "").strip())):
                self._learn_form(form, long)
            for line in map(str.strip, lines if len(lines) > 1 or long else ()):
                if len(line) >= _SHORTEST_LINE:
                    self._lines.setdefault(line[:_SHORTEST_LINE], []).append(line)
            if len(lines) > 1 or ";" in text:
                self.learn(*(match[1] for match in _ASSIGNED.finditer(text)))

    def _learn_form(self, secret: str, long: bool) -> None:
        if not long:
            self._spelt.append(_Form(secret, functools.partial(_spelling, secret)))
        for encoding in ("utf-8", "utf-16-le"):
            raw = secret.encode(encoding, "surrogatepass")
            self._codes += [_Form(code, functools.partial(_base64_spelling, code)) for code in _base64_of(raw)]
            if not long:
                self._hex[raw.hex()] = "(?i:" + "[-: ]?".join(f"{byte:02x}" for byte in raw) + ")"

    def __call__(self, text: str) -> str:
        text = self.known(text)
        for pattern in _PATTERNS if _NEEDED.search(text) else ():
            text = pattern.sub(_hidden, text)
        return text

    def known(self, text: str) -> str:
        """Without the known secrets, and with whatever else looks like one: in a text of our own it is none."""
        for form in self._spelt:
            if form.may_be_in(text):
                text = re.sub(form.pattern(), MASK, text)
        for form in self._codes:
            if form.may_be_in(text):
                text = _sub_whole(form.pattern(), text)
        if len(text) >= 2 * SHORTEST and self._hex:
            text = self._without_hex(text)
        if self._lines:
            text = self._without_lines(text)
        return text

    def of_cut(self, text: str) -> str:
        """The same of a text that may end in the middle of a secret, for whoever made it has cut it."""
        text = self(text)
        kept = text.rstrip(" .…'\"")
        for secret in self._known:
            start = kept.rfind(secret[:_SHORTEST_CODE])
            if start >= 0 and secret.startswith(kept[start:]):
                return kept[:start] + MASK
        return text

    def _without_hex(self, text: str) -> str:
        digits = text.translate(_DIGITS_ONLY).lower()
        for code, pattern in self._hex.items():
            if code in digits:
                text = re.sub(pattern, MASK, text)
        return text

    def _without_lines(self, text: str) -> str:
        found, start = [], 0
        place = 0
        while place <= len(text) - _SHORTEST_LINE:
            lines = self._lines.get(text[place : place + _SHORTEST_LINE], ())
            length = max((len(line) for line in lines if text.startswith(line, place)), default=0)
            if length:
                found += [text[start:place], MASK]
                start = place + length
            place += length or 1
        return "".join([*found, text[start:]])


def _hidden(match: re.Match[str]) -> str:
    return match[1] + MASK


def _sub_whole(pattern: str, text: str) -> str:
    """Hide all of an encoded text in which the secret is: what stands around it is encoded along with it."""
    match = re.search(pattern, text)
    while match:
        text = text[: match.start()].rstrip(_CODE) + MASK + text[match.end() :].lstrip(_CODE)
        match = re.search(pattern, text)
    return text


def _base64_of(raw: bytes) -> Iterator[str]:
    """What is always the same of it, wherever in a longer text it begins."""
    yield base64.b64encode(raw).decode()
    for offset, uncertain in enumerate((0, 2, 3)):
        code = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")[uncertain:]
        # The last character may hold bits of what follows, too.
        code = code if (offset + len(raw)) % 3 == 0 else code[:-1]
        if len(code) >= _SHORTEST_CODE:
            yield code


class _Form:
    """A secret, or a code of one. Its pattern is made when it may be needed: that takes longer than all the rest of a task."""

    def __init__(self, text: str, pattern: Callable[[], str]) -> None:
        self.pattern = pattern
        # What no spelling changes, so that most texts need not be looked at closely.
        self._anchor = max(re.findall("[A-Za-z0-9]+", text), key=len, default="")

    def may_be_in(self, text: str) -> bool:
        return self._anchor in text


def _spelling(secret: str) -> str:
    """The secret with each character as it is, or as JSON, URLs, HTML, SQL and wrong decoding spell it, once or twice over."""
    return "".join(_spellings(secret))


def _spellings(text: str) -> Iterator[str]:
    for run in re.findall(r"\s+|\\+|.", text, re.DOTALL):
        character = run[0]
        if character.isascii() and character.isalnum():
            yield character
        elif character.isspace():
            escapes = "|".join(
                escape
                for blank in sorted(set(run))
                for escape in (*_escapes(blank), _number(blank), *_otherwise(blank))
            )
            yield rf"(?:\s|\+|\\+[nrtvf]|{escapes})+"
        elif character == "\\":
            yield rf"(?:\\|(?<=\\)u005[cC]|{'|'.join(_escapes(character))})+"
        else:
            ways = [re.escape(character), *_escapes(character), _number(character), *_otherwise(character)]
            yield rf"\\*(?:{'|'.join(ways)})"


def _number(character: str) -> str:
    """After a backslash, in JSON and in Python. The backslash may be missing, for it is taken with any before."""
    return rf"\\*(?i:[ux]0*{ord(character):x})"


def _escapes(character: str) -> Iterator[str]:
    """In URLs and HTML, escaped more than once, too."""
    yield "(?i:" + "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")) + ")"
    yield f"(?i:&(?:amp;)*#0*{ord(character)};|&(?:amp;)*#x0*{ord(character):x};)"
    name = html.entities.codepoint2name.get(ord(character), "apos" if character == "'" else "")
    if name:
        yield f"&(?:amp;)*{name};"


def _otherwise(character: str) -> Iterator[str]:
    if character in "'\"":
        yield character * 2
    if character.isascii():
        return
    yield from (r"\?", "�{1,4}")
    apart = unicodedata.normalize("NFD", character)
    if apart != character:
        yield _spelling(apart)
    raw = character.encode("utf-8", "surrogatepass")
    yield "(?i:" + "".join(rf"\\*x{byte:02x}" for byte in raw) + ")"
    yield from (re.escape(raw.decode(encoding, "replace")) for encoding in ("latin-1", "cp1252"))
    if ord(character) > 0xFFFF:
        high, low = divmod(ord(character) - 0x10000, 0x400)
        yield rf"(?i:u{0xD800 + high:04x}\\+u{0xDC00 + low:04x})"


def _base64_spelling(code: str) -> str:
    return "".join(_B64.get(character, character) for character in code)


_ALIKE = {"+": "-", "/": "_", "=": "="}
_B64 = {
    character: rf"(?:\\*{re.escape(character)}|{alike}|\\+(?i:u{ord(character):04x})|{'|'.join(_escapes(character))})"
    for character, alike in _ALIKE.items()
}
