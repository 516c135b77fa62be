# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo's playbook with another Ansible and another copy of the collection: a server is set up, and then left alone.

``python -m tools.play --ansible BIN --collections TREE``: the emulated server runs here, the playbook over there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tools.places import ROOT, run

sys.path.insert(0, str(ROOT / ".venv"))

from ansible_collections.astera.data_stack.tests.emulator import Emulator

from demo.run import Demo

MODULE = "astera.data_stack.astera_server_info"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ansible", type=Path, required=True, help="the folder with ansible-playbook")
    parser.add_argument("--collections", type=Path, required=True, help="the folder with ansible_collections")
    parser.add_argument("--report", type=Path, required=True, help="where the counts are written")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="astera-play-") as folder, Emulator() as server:
        demo = Demo(server, Path(folder), ansible=chosen.ansible, collections=chosen.collections)
        predicted = demo.play("--check")
        first, second = demo.play(), demo.play()
        demo.check(f"check mode had predicted {first} changes", predicted == first > 0)
        demo.check("the second run changes nothing", second == 0)
        asked = [chosen.ansible / "ansible-doc", "--json", "-t", "module", MODULE]
        loaded = json.loads(run(asked, environ=demo.environment))[MODULE]["doc"]["filename"]
        demo.check(f"{loaded} is in {chosen.collections}", loaded.startswith(f"{chosen.collections.resolve()}/"))
    chosen.report.write_text(json.dumps({"first": first, "second": second}), encoding="utf-8")


if __name__ == "__main__":
    main()
