# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make demo``: configure a new server, detect drift and repair it.

The server is the emulator of tests/emulator. Each step is verified against the state of the server and the requests that it
received, and the demo fails if a statement is not true.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".venv"))

from ansible_collections.astera.data_stack.tests.emulator import Emulator  # noqa: E402

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ARGUMENTS = ("-i", "demo/inventory.yml", "demo/site.yml")
_RECAP = re.compile(r"astera01\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


class Demo:
    """Playbooks against a server; with another Ansible or another copy of the collection, if they are given."""

    def __init__(
        self, server: Emulator, folder: Path, ansible: Path = ROOT / ".venv/bin", collections: Path = ROOT / ".venv"
    ) -> None:
        self.server = server
        self.ansible = ansible
        self.steps = 0
        self.secrets = {name: f"demo-{secrets.token_hex(8)}" for name in ("REPOSITORY_PASSWORD", "LICENSE_KEY")}
        # What the person at this machine has set for servers and playbooks of their own is left out of it: a token, a vault, a proxy.
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "ASTERA_"))}
        self.environment = {
            **kept,
            "DEMO_URL": server.url,
            "DEMO_USERNAME": server.username,
            "DEMO_PASSWORD": server.password,
            "DEMO_CA_PATH": str(server.ca_path),
            "DEMO_FILES": str(folder),
            **{f"DEMO_{name}": value for name, value in self.secrets.items()},
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONFIG": str(ROOT / "demo/ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        _make_archives(folder)

    def say(self, title: str, text: str) -> None:
        self.steps += 1
        print(f"\n\033[1m{self.steps}. {title}\033[0m")
        print(textwrap.fill(text, 100, initial_indent="   ", subsequent_indent="   "), flush=True)

    def playbook(self, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the playbook as a user would, with more in its environment."""
        self.server.clear_requests()
        command = [str(self.ansible / "ansible-playbook"), *ARGUMENTS, *options]
        process = None
        try:
            with _undisturbed():
                # In a session of its own: Ctrl-C reaches it once, by way of the demo, and its workers are ended by it alone.
                process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env={**self.environment, **more},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            stdout, stderr = process.communicate()
        except KeyboardInterrupt:
            if process is not None:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=30)
            raise
        finally:
            if process is not None:
                process.kill()
        return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def play(self, *options: str) -> int:
        """Run it, and show it → how many tasks changed something."""
        print(f"\n   $ {' '.join(['ansible-playbook', *ARGUMENTS, *options])}\n", flush=True)
        done = self.playbook(*options)
        printed = done.stdout + done.stderr
        print(textwrap.indent(f"{done.stdout.strip()}\n{done.stderr}", "   | "), flush=True)
        recap = _RECAP.search(printed)
        self.check("the playbook succeeded", done.returncode == 0 and recap is not None)
        leaked = [
            name for name, value in {**self.secrets, "PASSWORD": self.server.password}.items() if value in printed
        ]
        self.check("the output has no secret", not leaked)
        assert recap is not None
        return int(recap[2])

    def check(self, what: str, holds: bool) -> None:
        print(f"   {'ok' if holds else 'FAILED'}: {what}", flush=True)
        if not holds:
            raise SystemExit(f"The demo failed at the check '{what}'. See the output above.")

    def run(self) -> None:
        self.say(
            "Preview the changes to a new server",
            f"An emulated Astera Integration Server listens at {self.server.url} with a self-signed certificate. It has no "
            "repository, license, deployments or schedules. Check mode with --diff shows the changes and writes nothing.",
        )
        predicted = self.play("--check", "--diff")
        self.check("the server received no write request", not self.server.writes)
        self.say(
            "Configure the server",
            "The same playbook without check mode. demo/group_vars/astera.yml declares the state of the server.",
        )
        changed = self.play()
        self.check(f"the run changed {predicted} tasks, as check mode predicted", changed == predicted)
        self._check_result()
        self.say("Run the playbook again", "The server is in sync, so the second run changes nothing.")
        self.check("changed=0", self.play() == 0)
        self.check("the server received no write request", not self.server.writes)
        self._drift()

    def _check_result(self) -> None:
        state = self.server.state
        self.check("the server has the declared profile", state["server_config"]["serverProfile"] == "ServerProfile2")
        self.check("the license is active", state["license"]["active"])
        self.check("the server has the archives and the configuration file", len(state["files"]) == 3)
        names = sorted(item["name"] for item in state["deployments"])  # Deployments are written in parallel.
        self.check("the server has 2 deployments", names == ["Sales", "Stock"])
        active = {item["name"]: item["isActive"] for item in state["schedules"]}
        expected = {"Sales every morning": True, "Stock every evening": False, "Clean up": True}
        self.check("the server has 3 schedules, 1 of them inactive", active == expected)

    def _drift(self) -> None:
        self.say(
            "Detect drift",
            "In the Astera client, an administrator deactivates the schedule 'Sales every morning' and keeps old jobs for 365 "
            "days instead of 30. Check mode shows both changes and writes nothing.",
        )
        self.server.edit("schedule", "Sales every morning", isActive=False)
        self.server.edit("cluster", purgeJobInfoAfter=365)
        self.check("check mode predicts changes in 2 tasks", self.play("--check", "--diff") == 2)
        self.check("the server received no write request", not self.server.writes)
        self.say(
            "Repair the drift", "A run writes these two objects and keeps settings that the variables do not declare."
        )
        self.check("changed=2", self.play() == 2)
        written = [entry.path for entry in self.server.writes]
        self.check(
            "the run wrote the cluster and the schedule only", sorted(written) == ["/api/Cluster", "/api/Schedule"]
        )
        self.check("the server keeps settings that are not declared", "mailSetup" in self.server.state["cluster"])
        self.say("Verify that the server is in sync", "Another run changes nothing.")
        self.check("changed=0", self.play() == 0)
        print("\nThe demo is complete. The emulated server is stopped and its files are removed.")


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Delay an interruption until this is done, so that no new process is left behind."""
    came: list[int] = []
    before = {each: signal.signal(each, lambda number, _frame: came.append(number)) for each in ENDS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    if came:
        raise KeyboardInterrupt


def _make_archives(folder: Path) -> None:
    for name, flow in (("sales", "LoadSales.Df"), ("stock", "CountStock.Wf")):
        with zipfile.ZipFile(folder / f"{name}.car", "w") as archive:
            archive.writestr(f"Flows/{flow}", "<Flow/>")
    (folder / "sales-production.cfg").write_text("database=SalesProduction\n", encoding="utf-8")


def main() -> None:
    for each in ENDS:
        signal.signal(each, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="astera-demo-") as folder, Emulator() as server:
            Demo(server, Path(folder)).run()
    except KeyboardInterrupt:
        print("\nThe demo was interrupted. The emulated server is stopped and its files are removed.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
