# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: astera
short_description: Astera Integration Servers, from a list and from exports
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Makes a host of each server that its configuration lists, and of each that the role P(astera.data_stack.export#role) has
    written to a file. A server that is in both is one host.
  - Reads files only. No server is called, so that the inventory is there when a server is not, and needs no credentials.
  - All hosts are in the group O(group), for which the playbook C(astera.data_stack.bootstrap) is made. Below it are groups of the
    servers that share a repository (C(astera_repository_...)), that run a profile (C(astera_profile_...)), and that have a version
    (C(astera_version_...)), as far as the exports tell.
  - Its configuration is a YAML file whose name ends with C(astera.yml) or C(astera.yaml).
options:
  plugin:
    description: Says that the file is meant for this plugin.
    type: str
    required: true
    choices: [astera.data_stack.astera]
  servers:
    description:
      - Servers, as a list of dictionaries with C(name), or as a dictionary from names to dictionaries.
      - A name may be a range, such as C(astera[01:03].example.com) or C(astera-[a:c]), which stands for several servers with the same C(vars).
        Their C(url) then needs the name of the host, such as C(https://{{ inventory_hostname }}:9261).
      - C(url) becomes the variable C(astera_url). C(vars) has any other variables of the host. Either may be left out.
      - Values may be templates and vaulted, as in any inventory.
      - What stands here wins over what an export says of the same server, variable by variable.
    type: raw
    default: []
  exports:
    description:
      - Folders that the role P(astera.data_stack.export#role) has written to, and single files of them. A relative path begins at the
        folder of the configuration.
      - Also the C(audit.json) of an audit, which has many servers, as a C(.json) has one. Of a server that it could not read it has the
        address.
      - The name of a file is that of the host. Of a folder, files that do not end in C(.yml), C(.yaml) or C(.json) are left alone,
        and so are folders in it.
      - From the C(.yml) come the variables of the role P(astera.data_stack.bootstrap#role), from the C(.json) beside it C(astera_url).
        A host with nothing but a C(.json) is known and grouped, and nothing is declared for it.
      - Texts of a server are never evaluated as templates. The only templates that an export may have are variables that stand for
        secrets, such as C({{ vault_astera_repository_password }}); they have to be set, as for P(astera.data_stack.bootstrap#role).
      - A file that is no export, that has another template, or in which a secret stands in clear, is refused.
    type: list
    elements: str
    default: []
  group:
    description:
      - The group of all servers. The names of the groups below it begin with it.
    type: str
    default: astera
extends_documentation_fragment:
  - ansible.builtin.constructed
notes:
  - The variable C(astera_inventory) has what was found of a host, for O(compose), O(groups) and O(keyed_groups). C(server_profile),
    C(repository), which is one spelling of where the repository is, and C(version); those that are not known are not there. C(snapshot)
    says where the snapshot is, so that C(astera_url) may be that, after C(snapshot:), to plan without a server.
  - Two servers have one repository if host, port, database and schema are the same. Case does not matter in names of hosts, and with
    SQL Server in those of databases; usual ports and schemas may be there or not; C(localhost) means the machine of each server. A short
    and a full name of one host are two. The group is nothing but a name, until it is used for C(astera_cluster_id).
  - The version is the key C(version) of what C(GET /api/ServerInfo) answered. That servers have this key is assumed; without it there is no
    such group.
  - There is no cache. An export is read as its variables would be from C(host_vars), and a cache would not know of the next export.
  - Keep the exports out of a folder that is itself given to Ansible as an inventory, for Ansible would take each file for a source.
  - A host stays in the inventory when its server is gone. Remove its files and its entry.
  - Where the inventory is refused, Ansible warns and goes on without its hosts. With C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true) it
    stops.
"""

EXAMPLES = r"""
# inventory.astera.yml
plugin: astera.data_stack.astera
# Servers that are known by their addresses.
servers:
  - name: astera01.example.com
    url: https://astera01.example.com:9261
  - name: astera02.example.com
    url: https://astera02.example.com:9261
    vars:
      astera_ca_path: /etc/ssl/certs/astera02.pem
  # Five of them at once.
  - name: etl[01:05].example.com
    url: https://{{ inventory_hostname }}:9261
# What "ansible-playbook -i inventory.astera.yml astera.data_stack.export" has written beside this file. Afterwards, each of them
# declares what it is, and "... astera.data_stack.bootstrap --check --diff" shows what has changed.
exports:
  - astera-export
# Servers on one repository are a cluster for the role bootstrap.
compose:
  astera_cluster_id: astera_inventory.repository
  # With this, all are planned as they were when they were exported, without network and credentials:
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
from ansible_collections.astera.data_stack.plugins.plugin_utils import _trust
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from ansible_collections.astera.data_stack.plugins.plugin_utils._inventory import exports

# What is known of a host → the word in the names of the groups.
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
            raise usage(f"there is no option {unknown[0]}; there are {known}")

    def _exported(self, path: str, listed: Mapping[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, str]]]:
        """Host → its variables and what is known of it."""
        folder = os.path.dirname(os.path.abspath(path))
        places = (os.path.expanduser(os.path.expandvars(place)) for place in self.get_option("exports") or [])
        names = {files.file_stem(name): name for name in listed}
        found = {}
        for stem, export in exports.exports(os.path.join(folder, place) for place in places).items():
            name = _checked_name(names.get(stem, stem))
            variables = exports.variables(export.variables, self.loader) if export.variables else {}
            facts = exports.facts(name, variables, export.seen)
            if export.seen and export.seen.url:
                variables = {"astera_url": _trust.mark_untrusted(export.seen.url), **variables}
            found[name] = (variables, facts)
        return found

    def _add_hosts(self, listed: Mapping[str, Any], exported: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """→ what is known of each host."""
        self.inventory.add_group(self.get_option("group"))
        known = {}
        for name in {**listed, **exported}:
            variables, known[name] = exported.get(name, ({}, {}))
            self.inventory.add_host(name, group=self.get_option("group"))
            for key, value in {**variables, **listed.get(name, {})}.items():
                self.inventory.set_variable(name, key, value)
            mark_untrusted = {key: _trust.mark_untrusted(value) for key, value in known[name].items()}
            self.inventory.set_variable(name, "astera_inventory", mark_untrusted)
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
    """Name of each server of the configuration, and its variables."""
    if isinstance(servers, Mapping):
        servers = [{"name": name, **_dictionary(one, f"the server {name}")} for name, one in servers.items()]
    if not isinstance(servers, list):
        raise usage("servers has to be a list of dictionaries with a name, or a dictionary from names to dictionaries")
    seen = set()
    for number, server in enumerate(servers, 1):
        given = _dictionary(server, f"entry {number} of servers")
        if "name" not in given:
            raise usage(f"entry {number} of servers has no name; give it one, which becomes the name of the host")
        name = _checked_name(given["name"])
        unknown = [str(key) for key in given if key not in ("name", "url", "vars")]
        if unknown:
            raise usage(f"the server {name} has an unknown key {unknown[0]}; put variables of the host below vars")
        hosts = _expanded(name)
        variables = _variables(name, given)
        if len(hosts) > 1 and "astera_url" in variables and not _is_template(variables["astera_url"]):
            raise usage(
                f"the servers {name} cannot share one url; write it with the name of the host, such as "
                "https://{{ inventory_hostname }}:9261"
            )
        for host in hosts:
            if host in seen:
                raise usage(f"the server {host} is listed twice; keep one of the entries")
            seen.add(host)
            yield host, dict(variables)


def _expanded(name: str) -> list[str]:
    """Return the hosts of a range such as ``astera[01:03]``, as in any inventory; any other name alone."""
    if not detect_range(name):
        return [name]
    try:
        hosts = [str(host) for host in expand_hostname_range(name)]
    except (AnsibleError, ValueError) as error:
        raise usage(f"{name} is not a range of hosts ({error}); write it like astera[01:03].example.com") from error
    if not hosts:
        raise usage(f"{name} is a range without hosts; write it like astera[01:03].example.com")
    return hosts


def _is_template(url: Any) -> bool:
    return not isinstance(url, str) or "{{" in url or "{%" in url


def _dictionary(value: Any, what: str) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise usage(f"{what} has to be a dictionary with url and vars, both of which may be left out")
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


def _checked_name(name: Any) -> str:
    """What patterns and templates can speak of."""
    text = str.__str__(name) if isinstance(name, str) else ""
    if not text or any(character <= " " or character in ",{}\x7f" for character in text):
        raise usage(f"{name!r} cannot be the name of a host: it has to be a text without blanks, commas and braces")
    return text


def _group_names(prefix: str, values: Iterable[str]) -> dict[str, str]:
    """Value → the name of its group. Two values never share one, however much of them a name cannot have."""
    names = {value: to_safe_group_name(f"{prefix}_{_spoken(value)}", force=True, silent=True) for value in values}
    shared = Counter(names.values())
    return {
        value: name if shared[name] == 1 else f"{name}_{hashlib.sha256(value.encode()).hexdigest()[:6]}"
        for value, name in names.items()
    }


def _spoken(value: str) -> str:
    """A repository without the product before it, which the names of groups can do without."""
    return value.rpartition("://")[2]
