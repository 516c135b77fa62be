# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo's playbook with another Ansible and another copy of the collection: a server is set up, and then left alone.

It is also exported, and an inventory of the export finds it as it is declared.

``python -m tools.smoke_test --ansible BIN --collections TREE``: the emulated server runs here, the playbook over there.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from tools.paths import ROOT, run

sys.path.insert(0, str(ROOT / ".venv"))

from ansible_collections.astera.data_stack.tests.emulator import Emulator

from demo.run import Demo

MODULE = "astera.data_stack.astera_server_info"


# What the demo's inventory says, for the inventory of this collection.
HOST = {
    name: f"{{{{ lookup('ansible.builtin.env', 'DEMO_{variable}') }}}}"
    for name, variable in {
        "astera_url": "URL",
        "astera_username": "USERNAME",
        "astera_password": "PASSWORD",
        "astera_ca_path": "CA_PATH",
        "vault_astera_repository_password": "REPOSITORY_PASSWORD",
    }.items()
}


def exported(demo: Demo, folder: Path) -> int:
    """Export the server. Return how many tasks would change it with an inventory of only the export."""
    exports, inventory = folder / "exports", folder / "demo.astera.yml"
    exports.mkdir()
    configuration = {"plugin": "astera.data_stack.astera", "exports": ["exports"]}
    command = [demo.ansible / "ansible-playbook", "-i", inventory]
    inventory.write_text(json.dumps({**configuration, "servers": {"astera01": {"vars": HOST}}}), encoding="utf-8")
    run([*command, "astera.data_stack.export", "-e", f"astera_export_dir={exports}"], environ=demo.environment)
    given = {name: value for name, value in HOST.items() if name != "astera_url"}
    inventory.write_text(json.dumps(configuration), encoding="utf-8")
    printed = run(
        [*command, "astera.data_stack.bootstrap", "--check", "-e", json.dumps(given)], environ=demo.environment
    )
    (found,) = re.findall(r"^astera01 .*changed=(\d+) ", printed, re.M)
    return int(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ansible", type=Path, required=True, help="the folder with ansible-playbook")
    parser.add_argument("--collections", type=Path, required=True, help="the folder with ansible_collections")
    parser.add_argument("--report", type=Path, required=True, help="where the counts are written")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astera-play-") as folder, Emulator() as server:
        demo = Demo(server, Path(folder), ansible=arguments.ansible, collections=arguments.collections)
        predicted = demo.play("--check")
        first, second = demo.play(), demo.play()
        demo.check(f"check mode had predicted {first} changes", predicted == first > 0)
        demo.check("the second run changes nothing", second == 0)
        asked = [arguments.ansible / "ansible-doc", "--json", "-t", "module", MODULE]
        loaded = json.loads(run(asked, environ=demo.environment))[MODULE]["doc"]["filename"]
        demo.check(f"{loaded} is in {arguments.collections}", loaded.startswith(f"{arguments.collections.resolve()}/"))
        demo.check("a server is as its export says", exported(demo, Path(folder)) == 0)
    arguments.report.write_text(json.dumps({"first": first, "second": second}), encoding="utf-8")


if __name__ == "__main__":
    main()
