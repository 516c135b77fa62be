# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write YAML that is easy to read, and that Ansible reads as the same values. Private to this collection."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

import yaml

_WIDTH = 110
_STRING = "tag:yaml.org,2002:str"
# What Ansible evaluates as a template, including the header that changes the delimiters.
_TEMPLATE = re.compile(r"\{[{%#]|^#jinja2:")


class TemplateString(str):
    """A string that Ansible is to evaluate as a template."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Indent the items of lists below their key, as ansible-lint requires, and write no references."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    """Represent a string of several lines as a block, and mark one with braces, because a server's string is never a template."""
    lines = value.split("\n")
    style = None if value.isprintable() else '"'
    if len(lines) > 1 and value[0].strip() and all(line.isprintable() for line in lines):
        style = "|"
    # Always quoted or a block, because a plain value with this tag gets the type that it looks like: 0123 is 83.
    return dumper.represent_scalar("!unsafe" if _TEMPLATE.search(value) else _STRING, value, style=style)


def _expression(dumper: yaml.SafeDumper, value: TemplateString) -> Any:
    return dumper.represent_scalar(_STRING, str(value), style='"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(TemplateString, _expression)


def dump(value: Any) -> str:
    """Return a dictionary or list in block style, with the keys in their order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=False)


def comment(text: str, indent: str = "") -> str:
    """Return a comment. Characters that are not plain are escaped, because other line ends would end the comment."""
    plain = json.dumps(text)[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    lines = textwrap.wrap(plain, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {indent}{line}\n" for line in lines)
