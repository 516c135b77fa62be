# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML for people that Ansible reads back as the very same values. Private to this collection."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

import yaml

_WIDTH = 110
_STRING = "tag:yaml.org,2002:str"
# What Ansible would take for a template, the header that changes its delimiters included.
_TEMPLATE = re.compile(r"\{[{%#]|^#jinja2:")


class TemplateString(str):
    """A text that is meant to be templated."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """The items of lists indented below their key, as ansible-lint wants them, and nothing by reference."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    """Lines as lines. And what a server stores is text, whatever braces it has: it is never to be evaluated."""
    lines = value.split("\n")
    style = None if value.isprintable() else '"'
    if len(lines) > 1 and value[0].strip() and all(line.isprintable() for line in lines):
        style = "|"
    # Only ever quoted or a block: a bare value with this tag is read as what it looks like, 0123 as 83.
    return dumper.represent_scalar("!unsafe" if _TEMPLATE.search(value) else _STRING, value, style=style)


def _expression(dumper: yaml.SafeDumper, value: TemplateString) -> Any:
    return dumper.represent_scalar(_STRING, str(value), style='"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(TemplateString, _expression)


def dump(value: Any) -> str:
    """A dict or a list in block style, keys in their order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=False)


def comment(text: str, indent: str = "") -> str:
    """Lines that begin with a number sign. What is not plain is spelt out, for other line ends would end a comment."""
    plain = json.dumps(text)[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    lines = textwrap.wrap(plain, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {indent}{line}\n" for line in lines)
