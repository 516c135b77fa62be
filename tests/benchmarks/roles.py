# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles cost, against one ``astera_server`` task that does the same. Ratios within one run, medians.

``BENCH_CORES``: further versions of ansible-core, as ``VERSION=DIRECTORY`` with a comma in between; each directory holds an
``ansible-playbook``. ``BENCH_HOSTS``: the number of servers for the row on memory.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import plays

DEBUG = {"ansible.builtin.debug": {"msg": "x"}}
# With the one by which Ansible validates the role's arguments.
TASKS_OF_BOOTSTRAP = 7
_CONNECTION = ("url", "username", "password", "ca_path")
_DEPLOYMENTS_AND_SCHEDULES = {
    "deployments": "{{ astera_deployments }}",
    "schedules": "{{ astera_schedules }}",
}


def variables(count: int, **more: Any) -> dict[str, Any]:
    """The variables of a role for ``count`` deployments and as many schedules."""
    connection = {f"astera_{option}": f"{{{{ bench.{option} }}}}" for option in _CONNECTION}
    parts = {"astera_deployments": plays.deployments(count), "astera_schedules": plays.schedules(count)}
    return {**connection, **parts, "astera_license_receipt_dir": "receipts", **more}


def role(name: str, count: int, hosts: str = "localhost", **more: Any) -> plays.Play:
    play = {"hosts": hosts, "gather_facts": False, "vars": variables(count, **more)}
    return [{**play, "roles": [{"role": f"astera.data_stack.{name}"}]}]


def module(count: int, hosts: str = "localhost", **options: Any) -> plays.Play:
    """One task for the same variables."""
    (play,) = plays.play([{"astera.data_stack.astera_server": {**_DEPLOYMENTS_AND_SCHEDULES, **options}}], hosts)
    return [{**play, "vars": variables(count)}]


def cores() -> dict[str, Path]:
    found = (entry.partition("=") for entry in os.environ.get("BENCH_CORES", "").split(",") if entry)
    return {version: Path(directory) for version, _sign, directory in found}


def _ratio(bench: Any, running: Any, one: plays.Play, other: plays.Play, **keywords: Any) -> tuple[float, float, float]:
    """Both in turn, so that a busy moment of the machine does not meet one of them alone."""
    times: tuple[list[float], list[float]] = ([], [])
    for _turn in range(bench.RUNS):
        for play, seconds in zip((one, other), times, strict=True):
            seconds.append(bench.run(running, play, **keywords))
    first, second = (sorted(seconds)[len(seconds) // 2] for seconds in times)
    return first, second, first / second


class Table:
    """Rows of two plays and the ratio of their times."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.rows: list[list[Any]] = []

    def add(self, what: str, most: str, values: tuple[float, float, float]) -> None:
        self.rows.append([what, *values[:2], most, values[2]])
        print(self.rows[-1], flush=True)

    def report(self, report: Any, title: str) -> None:
        report.say(f"## {title}", "")
        report.table(["what", "first s", "second s", "at most", "ratio"], self.rows)


def one_server(bench: Any, report: Any) -> None:
    table = Table(bench)
    with bench.server() as running:
        bench.run(running, module(200))
        for version, directory in {"": bench.BIN, **cores()}.items():
            on = f" on ansible-core {version}" if version else ""
            values = _ratio(bench, running, role("bootstrap", 200), module(200), tools=directory)
            table.add(f"400 converged objects{on}, role / `astera_server`", "2", values)
    table.add("400 creations, role / `astera_server`", "2", _creations(bench, role("bootstrap", 200), module(200)))
    writers = (module(200, parallel_writes=number) for number in (8, 1))
    values = _creations(bench, *writers, latency=20)
    what = "400 creations at 20 ms a request, `parallel_writes` 8 / 1"
    table.add(what, "0.25", values)
    with bench.server() as running:
        bench.run(running, module(3))
        empty = bench.median(lambda: bench.run(running, plays.play([])))
        eight, one = (seconds - empty for seconds in values[:2])
        table.add(f"{what}, above an empty play", "0.25", (eight, one, eight / one))
        debug = plays.play([DEBUG])
        whole, empty = (bench.cost(running, play).processor for play in (role("bootstrap", 3), debug))
        what = "processor time, one server with 6 objects through the role / a play with one `debug` task"
        table.add(what, "5", (whole, empty, whole / empty))
    table.report(report, "The role over one server")


def fleets(bench: Any, report: Any) -> None:
    table = Table(bench)
    cluster = role("bootstrap", 3, "all", astera_cluster_id="bench")
    with bench.server() as running:
        bench.run(running, module(3))
        for hosts in (24, 100):
            values = _ratio(bench, running, role("bootstrap", 3, "all"), module(3, "all"), hosts=hosts)
            table.add(f"{hosts} servers with 6 objects each, role / one `astera_server` task", "4", values)
            floor = plays.play([DEBUG] * TASKS_OF_BOOTSTRAP, "all")
            values = _ratio(bench, running, floor, module(3, "all"), hosts=hosts)
            table.add(f"{hosts} servers, {TASKS_OF_BOOTSTRAP} `debug` tasks / one `astera_server` task", "", values)
        large, small = (
            bench.median(lambda count=count: bench.run(running, cluster, hosts=count)) for count in (48, 24)
        )
        table.add("a cluster of 48 servers / of 24", "2.2", (large, small, large / small))
        values = _ratio(bench, running, cluster, role("bootstrap", 3, "all"), hosts=24)
        table.add("a cluster of 24 servers / 24 single servers", "1.1", values)
    table.report(report, "The role over a fleet")


def readers(bench: Any, report: Any) -> None:
    table = Table(bench)
    with bench.server() as running:
        bench.run(running, module(3))
        for name in ("audit", "export"):
            play = role(name, 3, "all", astera_export_dir="export", astera_audit_dir="audit")
            values = _ratio(bench, running, play, module(3, "all"), hosts=100)
            table.add(f"{name} of 100 servers / one `astera_server` task over them", "2", values)
        values = _ratio(bench, running, play, module(3, "all"), hosts=100, forks=50)
        table.add("export of 100 servers / one `astera_server` task over them, `--forks 50`", "2", values)
    table.report(report, "Audit and export of a fleet")


def memory(bench: Any, report: Any) -> None:
    hosts = int(os.environ.get("BENCH_HOSTS", "500"))
    with bench.server() as running:
        bench.run(running, module(25))
        cost = bench.cost(running, role("bootstrap", 25, "all"), hosts=hosts)
    report.say("## Memory", "")
    row = [hosts, 50, cost.memory, cost.seconds]
    report.table(["servers", "objects each", "MiB of the controller's largest process", "s"], [row])


PARTS = (one_server, fleets, readers, memory)


def _creations(bench: Any, one: plays.Play, other: plays.Play, latency: int = 0) -> tuple[float, float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _turn in range(bench.RUNS):
        for play, seconds in zip((one, other), times, strict=True):
            with bench.server(latency) as running:
                seconds.append(bench.run(running, play))
    first, second = (sorted(seconds)[len(seconds) // 2] for seconds in times)
    return first, second, first / second
