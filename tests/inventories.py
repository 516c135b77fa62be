# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory as Ansible's own loader makes it, in a process of its own: the loader changes how Python imports collections.

As a script it answers one line of JSON with another, many times, for starting Ansible takes longer than reading an inventory.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAME = "astera.data_stack.astera"


class Refused(Exception):
    """What the plugin says of a file that it does not take."""


class Reader:
    """Reads one inventory after another."""

    def __init__(self, folder: Path) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        environment["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".venv")
        command = [sys.executable, __file__]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def close(self) -> None:
        self._process.communicate()

    def read(self, path: Path, **variables: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """→ host → its variables, evaluated where there is something to evaluate; group → its hosts.

        variables: what else the templates may speak of.
        """
        self._process.stdin.write(json.dumps({"path": str(path), "variables": variables}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["hosts"], answer["groups"]


def _answer(path: str, variables: dict[str, Any]) -> dict[str, Any]:
    from ansible.errors import AnsibleError
    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import inventory_loader
    from ansible.template import Templar

    inventory, loader, plugin = InventoryData(), DataLoader(), inventory_loader.get(NAME)
    if not plugin.verify_file(path):
        return {"refused": "not for this plugin"}
    try:
        plugin.parse(inventory, loader, path)
    except AnsibleError as error:
        return {"refused": str(error)}
    inventory.reconcile_inventory()
    hosts = {}
    for name, host in inventory.hosts.items():
        found = {key: value for key, value in host.vars.items() if key not in ("inventory_file", "inventory_dir")}
        templar = Templar(loader, variables={**variables, **found, "inventory_hostname": name})
        hosts[name] = templar.template(found)
    return {
        "hosts": hosts,
        "groups": {name: sorted(host.name for host in group.get_hosts()) for name, group in inventory.groups.items()},
    }


def _nobody(*_anything: Any) -> None:
    raise AssertionError("a request was sent")


def main() -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader()
    socket.socket.connect = _nobody
    for line in sys.stdin:
        print(json.dumps(_answer(**json.loads(line)), default=str), flush=True)


if __name__ == "__main__":
    main()
