# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read exports of servers: variables for hosts, and facts to group them by. Private to this collection.

The export of a server is a file of variables, with what is declared, and a snapshot, with what was on the server. Either
might be missing. Nothing in them is a template but the variables that stand for secrets.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible.errors import AnsibleError

from ...module_utils import _values
from ...module_utils._client import snapshot as _snapshot
from ...module_utils._client.connection import CONNECTION_OPTIONS, SNAPSHOT, validate_url
from ...module_utils._engine.plan import get_value
from ...module_utils._errors import AsteraError, usage
from ...module_utils._kinds import server_config
from ...module_utils._kinds.document import PARTS, Server
from ...module_utils._secrets import MASK, Secret, wrap_secrets
from .. import _compat
from . import repository as _repository

_VARIABLES, _SNAPSHOTS = (".yml", ".yaml"), (".json",)
_PLACEHOLDER = re.compile(r"\{\{ *vault_\w+ *\}\}", re.ASCII)
_TEMPLATE = re.compile(r"\{[{%#]|^#jinja2:")
_OPTIONS = Server.options.argument_spec()
_SPECS = {
    f"astera_{name}": spec for name, spec in {**CONNECTION_OPTIONS, **{part: _OPTIONS[part] for part in PARTS}}.items()
}
_TYPES: dict[str, tuple[type, str]] = {"dict": (dict, "a dictionary"), "list": (list, "a list")}


@dataclass
class ExportFiles:
    """The files of one server. variables: a path."""

    variables: str | None = None
    snapshot: LoadedSnapshot | None = None


@dataclass(frozen=True)
class LoadedSnapshot:
    """A snapshot. url: of the server, if it is known. parts: what could be read of it."""

    path: str
    address: str
    url: str | None
    parts: Mapping[str, Any]


def find_exports(places: Iterable[str]) -> dict[str, ExportFiles]:
    """Return the files of each server by its name. places: directories and files."""
    found: dict[str, ExportFiles] = {}
    for path in _find_files(places):
        stem, suffix = os.path.splitext(os.path.basename(path))
        if suffix not in _SNAPSHOTS:
            known = found.setdefault(stem, ExportFiles())
            _check_single(stem, known.variables, path)
            known.variables = path
            continue
        for name, snapshot in _snapshots(path):
            known = found.setdefault(name or stem, ExportFiles())
            _check_single(name or stem, known.snapshot.path if known.snapshot else None, path)
            known.snapshot = snapshot
    return found


def _check_single(name: str, known: str | None, path: str) -> None:
    if known not in (None, path):
        raise usage(f"{known} and {path} are both about the server {name}. Keep one of them.")


def _snapshots(path: str) -> Iterator[tuple[str | None, LoadedSnapshot]]:
    for name, found in _snapshot.load_all(path).items():
        try:
            url = None if found.url.startswith(SNAPSHOT) else validate_url(found.url, allow_http=True)
        except AsteraError as error:
            raise usage(f"{path} is no usable snapshot{f' of {name}' if name else ''}: {error.message}") from error
        yield name, LoadedSnapshot(path, found.address[len(SNAPSHOT) :], url, found.parts)


def _find_files(places: Iterable[str]) -> Iterator[str]:
    for place in places:
        if os.path.isdir(place):
            names = (name for name in sorted(os.listdir(place)) if not name.startswith("."))
            paths = (os.path.join(place, name) for name in names if name.endswith((*_VARIABLES, *_SNAPSHOTS)))
            yield from (path for path in paths if os.path.isfile(path))
        elif not os.path.exists(place):
            raise usage(
                f"the exports {place} do not exist. Correct the path, or create an empty directory if they will be written later."
            )
        elif not place.endswith((*_VARIABLES, *_SNAPSHOTS)):
            raise usage(f"{place} is no export. Set a directory, or files that end in .yml or .json.")
        else:
            yield place


# The file of variables


def read_variables(path: str, loader: Any) -> dict[str, Any]:
    """Return the variables of the role ``bootstrap`` that a file declares."""
    content = _content(path, loader)
    for name, value in content.items():
        if name not in _SPECS:
            raise usage(
                f"{path} is no export, because {name!r} is no variable of one. Move other variables to host_vars, or "
                "to the servers of the inventory."
            )
        kind, words = _TYPES.get(_SPECS[name]["type"], (object, ""))
        if value is not None and not isinstance(value, kind):
            raise usage(f"{path} is damaged, because {name} is not {words}. Export the server again.")
    guarded = wrap_secrets(content)
    return {str(name): _Reader(path).read(content[name], guarded[name], _SPECS[name], name) for name in content}


def _content(path: str, loader: Any) -> dict[str, Any]:
    try:
        with open(loader.get_real_file(path), encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise usage(f"{path} cannot be read ({error}). Save it as UTF-8.") from error
    except AnsibleError as error:
        raise usage(f"{path} cannot be read: {error}") from error
    try:
        content = loader.load(_compat.as_template(text), file_name=path)
    except AnsibleError as error:
        place = _place(error)
    else:
        if not isinstance(content, dict):
            raise usage(
                f"{path} is no export, because it has no variables. Export the server again, or remove the file."
            )
        return content
    # Outside of the handler, because Ansible's message quotes the file and would be shown as the cause.
    raise usage(f"{path} cannot be read as YAML{place}. Correct it, or export the server again.")


def _place(error: BaseException | None) -> str:
    """Return where and why the YAML library stopped."""
    while error:
        mark = getattr(error, "problem_mark", None)
        if mark:
            return f" from line {mark.line + 1} on ({getattr(error, 'problem', None) or 'it is not valid'})"
        error = error.__cause__ or getattr(error, "orig_exc", None) or error.__context__
    return ""


@dataclass(frozen=True)
class _Reader:
    """Read values for a host, so that only variables for secrets are evaluated, and no secret is in clear text."""

    path: str

    def read(self, value: Any, guarded: Any, spec: Mapping[str, Any], where: str) -> Any:
        inner = spec.get("options") or {}
        if isinstance(value, dict):
            return {
                str.__str__(key): self.read(item, guarded[key], inner.get(key, {}), f"{where}.{key}")
                for key, item in value.items()
            }
        if isinstance(value, list):
            items = {**spec, "type": spec.get("elements")}
            return [
                self.read(item, other, items, f"{where}[{n}]") for n, (item, other) in enumerate(zip(value, guarded), 1)
            ]
        secret = isinstance(guarded, Secret) or bool(spec.get("no_log"))
        if secret and spec.get("no_log") is not False and isinstance(value, (str, int)) and value != "":
            self._check_secret(str(value), where)
        return self._text(value, where) if isinstance(value, str) else value

    def _check_secret(self, text: str, where: str) -> None:
        if not _PLACEHOLDER.fullmatch(text):
            raise usage(
                f"{self.path} has a secret in clear text, {where}. Move it to a variable in a vaulted file, and write "
                '"{{ vault_NAME }}" here.'
            )

    def _text(self, text: str, where: str) -> Any:
        """Mark a string as data. Before 2.19, Ansible evaluates an unmarked template, and only its author knows whether it is one."""
        if not _TEMPLATE.search(text) or not _compat.is_template(text):
            return _compat.mark_untrusted(text)
        if not _PLACEHOLDER.fullmatch(text):
            raise usage(
                f"{self.path} has a template, {where}. An export can have variables only whose names begin with vault_. "
                "Mark the string as !unsafe if it is not a template, or move the variable to host_vars."
            )
        return _compat.as_template(text)


# Facts


def derive_facts(name: str, declared: dict[str, Any], snapshot: LoadedSnapshot | None) -> dict[str, str]:
    """Return what hosts are grouped by, and where the snapshot is. What is not known is left out.

    declared: variables. What they do not say is taken from the snapshot.
    """
    answered = snapshot.parts.get("server_config") if snapshot else None
    server = snapshot.parts.get("server") if snapshot else None
    config = {}
    for item in server_config.FIELDS:
        value = get_value(declared, f"astera_server_config.{item.option}")
        config[item.option] = _to_plain_string(get_value(answered, item.key) if value is None else value)
    repository = {key.partition(".")[2]: value for key, value in config.items() if key.startswith("repository.")}
    found = {
        "server_profile": config["server_profile"],
        "repository": _repository.canonical_uri(repository, _machine(name, snapshot)),
        "snapshot": snapshot.address if snapshot and snapshot.parts else "",
        "version": _to_plain_string(_values.get(server, "version")) if isinstance(server, dict) else "",
    }
    return {key: value for key, value in found.items() if value}


def _machine(name: str, snapshot: LoadedSnapshot | None) -> str:
    """Return the host of the server, or its name in the inventory if only the address of a tunnel is known."""
    host = urlsplit(snapshot.url).hostname if snapshot and snapshot.url else None
    return host if host and host not in ("localhost", "127.0.0.1", "::1") else name


def _to_plain_string(value: Any) -> str:
    """Return a string or number as a string; empty for anything else, and for a string with a masked secret."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str.__str__(value) if isinstance(value, str) else str(value)
    return "" if MASK in text else text.strip()
