# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: astera
short_description: Create hosts for Astera Integration Servers from a list and from exports
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Creates a host for each server in its configuration, and for each server that the role P(astera.data_stack.export#role) exported. A
    server in both is one host.
  - Reads only files. It sends no request, needs no credentials, and also works if a server is not available.
  - All hosts are in the group O(group), which the playbook C(astera.data_stack.bootstrap) uses. Its child groups contain the servers that
    share a repository (C(astera_repository_...)), use a server profile (C(astera_profile_...)), or have a version
    (C(astera_version_...)), if the exports contain this information.
  - The name of the configuration file ends with C(astera.yml) or C(astera.yaml).
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [astera.data_stack.astera]
  servers:
    description:
      - Servers, as a list of dictionaries with C(name), or as a dictionary of dictionaries by name.
      - A name can be a range, such as C(astera[01:03].example.com) or C(astera-[a:c]), for several servers with the same C(vars). Their
        C(url) then must contain the name of the host, such as C(https://{{ inventory_hostname }}:9261).
      - C(url) becomes the variable C(astera_url). C(vars) contains any other variables of the host. Both are optional.
      - Values can be templates and vaulted, as in any inventory.
      - These variables take precedence over those of an export of the same server.
    type: raw
    default: []
  exports:
    description:
      - Directories and files that the role P(astera.data_stack.export#role) wrote. A relative path is relative to the directory of the
        configuration file.
      - It can also be the C(audit.json) of an audit, which contains many servers. If the audit could not read a server, only the address of
        the server is used.
      - The name of a file is the name of the host. In a directory, only files that end in C(.yml), C(.yaml) or C(.json) are used, and
        subdirectories are ignored.
      - The C(.yml) file provides the variables of the role P(astera.data_stack.bootstrap#role), and the C(.json) file next to it provides
        C(astera_url). A host with only a C(.json) file is grouped, and has no declared parts.
      - Strings of a server are never evaluated as templates. An export can only contain templates of variables for secrets, such as
        C({{ vault_astera_repository_password }}). Set these variables, as for P(astera.data_stack.bootstrap#role).
      - A file that is not an export, that contains another template, or that contains an unencrypted secret, is refused.
    type: list
    elements: str
    default: []
  group:
    description:
      - Group of all servers. The names of its child groups start with it.
    type: str
    default: astera
extends_documentation_fragment:
  - ansible.builtin.constructed
notes:
  - The variable C(astera_inventory) contains information about a host for O(compose), O(groups) and O(keyed_groups). Its keys are
    C(server_profile), C(repository), which is a normalized identifier of the repository, and C(version). Unknown ones are omitted.
    C(snapshot) is the path of the snapshot. Set C(astera_url) to it with the prefix C(snapshot:) to plan without a server.
  - Two servers share a repository if host, port, database and schema are equal. Host names, and database names of SQL Server, are compared
    without regard to case. An omitted port or schema equals the default. C(localhost) is a different host for each server. A short and a
    fully qualified host name are different hosts. The group has no effect unless you use it for C(astera_cluster_id).
  - The version is the key C(version) in the response to C(GET /api/ServerInfo). That servers return this key is assumed. Without it, there
    is no such group.
  - The plugin has no cache. It reads an export like variables from C(host_vars), and a cache would not include the next export.
  - Do not store exports in a directory that is itself an inventory, because Ansible would read each file as an inventory source.
  - A host remains in the inventory when its server is removed. Delete its files and its entry.
  - If the plugin refuses the inventory, Ansible warns and continues without its hosts. With
    C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), Ansible fails.
"""

EXAMPLES = r"""
# inventory.astera.yml
plugin: astera.data_stack.astera
# Servers with known addresses.
servers:
  - name: astera01.example.com
    url: https://astera01.example.com:9261
  - name: astera02.example.com
    url: https://astera02.example.com:9261
    vars:
      astera_ca_path: /etc/ssl/certs/astera02.pem
  # A range of five servers.
  - name: etl[01:05].example.com
    url: https://{{ inventory_hostname }}:9261
# The files that "ansible-playbook -i inventory.astera.yml astera.data_stack.export" wrote next to this file. They declare the state of
# each server, so that "astera.data_stack.bootstrap --check --diff" shows what changed since the export.
exports:
  - astera-export
# The bootstrap role treats servers with the same repository as a cluster.
compose:
  astera_cluster_id: astera_inventory.repository
  # Plan against the exports instead of the servers, without network and credentials:
  # astera_url: "'snapshot:' ~ astera_inventory.snapshot"
groups:
  production: "'prod' in inventory_hostname"
keyed_groups:
  - key: astera_inventory.version.split('.') | first
    prefix: astera_major
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable, detect_range, expand_hostname_range
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import validate_url
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError, usage
from ansible_collections.astera.data_stack.plugins.plugin_utils import _compat
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from ansible_collections.astera.data_stack.plugins.plugin_utils._inventory import exports

# The fact about a server, and the word for it in group names.
_GROUPS = {"repository": "repository", "server_profile": "profile", "version": "version"}


class InventoryModule(BaseInventoryPlugin, Constructable):
    NAME = "astera.data_stack.astera"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith(("astera.yml", "astera.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        try:
            self._check_options(config)
            listed = dict(_listed(self.get_option("servers") or []))
            exported = self._exported(path, listed)
        except AsteraError as error:
            raise AnsibleParserError(f"{path}: {error.message}") from error
        facts = self._add_hosts(listed, exported)
        self._add_groups(facts)
        self._construct(facts)

    def _check_options(self, config: Mapping[str, Any]) -> None:
        unknown = sorted(str(name) for name in set(config) - set(self.option_definitions))
        if unknown:
            known = ", ".join(sorted(self.option_definitions))
            raise usage(f"{unknown[0]} is not an option of the inventory plugin. Use one of {known}.")

    def _exported(self, path: str, listed: Mapping[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
        """Return the variables of each exported host, and the facts about its server."""
        folder = os.path.dirname(os.path.abspath(path))
        places = (os.path.expanduser(os.path.expandvars(place)) for place in self.get_option("exports") or [])
        names = {files.file_stem(name): name for name in listed}
        found = {}
        for stem, export in exports.find_exports(os.path.join(folder, place) for place in places).items():
            name = _validate_name(names.get(stem, stem))
            variables = exports.read_variables(export.variables, self.loader) if export.variables else {}
            facts = exports.derive_facts(name, variables, export.snapshot)
            if export.snapshot and export.snapshot.url:
                variables = {"astera_url": _compat.mark_untrusted(export.snapshot.url), **variables}
            found[name] = (variables, facts)
        return found

    def _add_hosts(self, listed: Mapping[str, Any], exported: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """Add the hosts to the inventory. Return the facts about each one."""
        self.inventory.add_group(self.get_option("group"))
        known = {}
        for name in {**listed, **exported}:
            variables, known[name] = exported.get(name, ({}, {}))
            self.inventory.add_host(name, group=self.get_option("group"))
            for key, value in {**variables, **listed.get(name, {})}.items():
                self.inventory.set_variable(name, key, value)
            facts = {key: _compat.mark_untrusted(value) for key, value in known[name].items()}
            self.inventory.set_variable(name, "astera_inventory", facts)
        return known

    def _add_groups(self, known: Mapping[str, Mapping[str, str]]) -> None:
        group = self.get_option("group")
        for fact, word in _GROUPS.items():
            values = {facts[fact] for facts in known.values() if fact in facts}
            names = _group_names(f"{group}_{word}", values)
            for host, facts in known.items():
                if fact in facts:
                    self.inventory.add_child(group, self.inventory.add_group(names[facts[fact]]))
                    self.inventory.add_child(names[facts[fact]], host)

    def _construct(self, hosts: Iterable[str]) -> None:
        strict = self.get_option("strict")
        for host in hosts:
            variables = self.inventory.get_host(host).get_vars()
            self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
            self._add_host_to_composed_groups(self.get_option("groups"), {}, host, strict=strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, host, strict=strict)


def _listed(servers: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the variables of each server in the configuration."""
    if isinstance(servers, Mapping):
        servers = [{"name": name, **_dictionary(one, f"the server {name}")} for name, one in servers.items()]
    if not isinstance(servers, list):
        raise usage("servers must be a list of dictionaries with a name, or a dictionary of dictionaries by name.")
    seen = set()
    for number, server in enumerate(servers, 1):
        given = _dictionary(server, f"entry {number} of servers")
        if "name" not in given:
            raise usage(f"entry {number} of servers has no name. Set name, which becomes the name of the host.")
        name = _validate_name(given["name"])
        unknown = [str(key) for key in given if key not in ("name", "url", "vars")]
        if unknown:
            raise usage(f"the server {name} has an unknown key {unknown[0]}. Set variables of the host below vars.")
        hosts = _expanded(name)
        variables = _variables(name, given)
        if len(hosts) > 1 and "astera_url" in variables and not _is_template(variables["astera_url"]):
            raise usage(
                f"the servers {name} cannot share one url. Set it to a template with the name of the host, such as "
                "https://{{ inventory_hostname }}:9261."
            )
        for host in hosts:
            if host in seen:
                raise usage(f"the server {host} is listed twice. Remove one of the entries.")
            seen.add(host)
            yield host, dict(variables)


def _expanded(name: str) -> list[str]:
    """Return the hosts of a range such as ``astera[01:03]``, as in any inventory, or a list with any other name."""
    if not detect_range(name):
        return [name]
    try:
        hosts = [str(host) for host in expand_hostname_range(name)]
    except (AnsibleError, ValueError) as error:
        raise usage(f"{name} is not a range of hosts ({error}). Use the form astera[01:03].example.com.") from error
    if not hosts:
        raise usage(f"{name} is a range without hosts. Use the form astera[01:03].example.com.")
    return hosts


def _is_template(url: Any) -> bool:
    return not isinstance(url, str) or "{{" in url or "{%" in url


def _dictionary(value: Any, what: str) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise usage(f"{what} must be a dictionary with the optional keys url and vars.")
    return value or {}


def _variables(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    variables = dict(_dictionary(given.get("vars"), f"vars of the server {name}"))
    url = given.get("url")
    if url is None:
        return variables
    if not _is_template(url):
        try:
            validate_url(url, allow_http=True)
        except AsteraError as error:
            raise usage(f"the server {name}: {error.message}") from error
    return {**variables, "astera_url": url}


def _validate_name(name: Any) -> str:
    """Return the name if host patterns and templates can refer to it."""
    text = str.__str__(name) if isinstance(name, str) else ""
    if not text or any(character <= " " or character in ",{}\x7f" for character in text):
        raise usage(f"{name!r} cannot be the name of a host. Use a string without whitespace, commas and braces.")
    return text


def _group_names(prefix: str, values: Iterable[str]) -> dict[str, str]:
    """Return the group name of each value. Two values never share a name, whatever characters a group name cannot have."""
    # Group names do not need the product of a repository.
    labels = {value: f"{prefix}_{value.rpartition('://')[2]}" for value in values}
    names = {value: to_safe_group_name(label, force=True, silent=True) for value, label in labels.items()}
    shared = Counter(names.values())
    return {
        value: name if shared[name] == 1 else f"{name}_{hashlib.sha256(value.encode()).hexdigest()[:6]}"
        for value, name in names.items()
    }
