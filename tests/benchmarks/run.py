# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make bench``: measures the plays of ``plays.py`` and writes docs/performance.md. A benchmark, not a test.

Every figure is the wall time of a whole ``ansible-playbook`` process, the median of a few runs, against the emulated server
in a process of its own, on the same machine, over TLS. What counts are the ratios within one run.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import plays

import roles

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PACKAGE = "ansible_collections.astera.data_stack.tests.emulator"
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
ENVIRONMENT = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv"), "ANSIBLE_LOCALHOST_WARNING": "false"}
ENVIRONMENT["PYTHONPATH"] = str(ROOT / ".venv")


class Server:
    """The emulated server in a process of its own, asked and counted from outside."""

    def __init__(self, folder: Path, latency: int) -> None:
        announced = folder / "server.json"
        announced.unlink(missing_ok=True)
        command = [sys.executable, "-m", PACKAGE, "--port", "0", "--announce", str(announced)]
        self.process = subprocess.Popen(
            [*command, "--latency-ms", str(latency)], env=ENVIRONMENT, stderr=subprocess.DEVNULL
        )
        while not announced.exists():
            if self.process.poll() is not None:
                raise SystemExit("the emulated server did not start")
            time.sleep(0.02)
        self.facts = json.loads(announced.read_text())
        self._context = ssl.create_default_context(cafile=self.facts["ca_path"])
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )

    def control(self, method: str, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.facts["url"] + "/_emulator/" + path, body, method=method)
        request.add_header("Content-Type", "application/json")
        with self._opener.open(request) as answer:
            return json.loads(answer.read() or b"null")

    def counts(self) -> dict[str, int]:
        entries = self.control("GET", "requests")
        writes = [entry for entry in entries if entry["method"] == "POST" and "login" not in entry["path"]]
        return {
            "logins": sum("login" in entry["path"] for entry in entries),
            "reads": sum(entry["method"] == "GET" for entry in entries),
            "writes": len(writes),
            "handshakes": len({entry["connection"] for entry in entries}),
        }

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def server(latency: int = 0) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="astera-bench-") as folder:
        running = Server(Path(folder), latency)
        try:
            yield running
        finally:
            running.stop()


class Cost(NamedTuple):
    """Of one ansible-playbook and its workers: wall and processor seconds, MiB of the largest process."""

    seconds: float
    processor: float
    memory: float


def run(running: Server, play: plays.Play, forks: int = 5, hosts: int = 0, tools: Path = BIN) -> float:
    """Wall seconds of one ansible-playbook."""
    return cost(running, play, forks, hosts, tools).seconds


def cost(running: Server, play: plays.Play, forks: int = 5, hosts: int = 0, tools: Path = BIN) -> Cost:
    running.control("DELETE", "requests")
    with tempfile.TemporaryDirectory(prefix="astera-bench-") as folder:
        place = Path(folder)
        named = {f"host{number}": {"ansible_connection": "local"} for number in range(hosts)} or {
            "localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        }
        (place / "inventory.json").write_text(json.dumps({"all": {"hosts": named, "vars": {"bench": running.facts}}}))
        (place / "play.json").write_text(json.dumps(play))
        command = [
            tools / "ansible-playbook",
            "-i",
            place / "inventory.json",
            place / "play.json",
            "--forks",
            str(forks),
        ]
        environment = {**ENVIRONMENT, "PATH": f"{tools}:{ENVIRONMENT['PATH']}", "HOME": folder}
        started = time.monotonic()
        with (place / "output").open("w+") as output:
            process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
            _pid, status, spent = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - started
            output.seek(0)
            printed = output.read()
    if process.returncode:
        raise SystemExit(f"a play failed:\n{printed[-6000:]}")
    return Cost(seconds, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)


def median(measure: Callable[[], float], runs: int = RUNS) -> float:
    return statistics.median(measure() for _turn in range(runs))


def created(count: int, latency: int = 0, **options: Any) -> tuple[float, dict[str, int]]:
    """Everything is new: a fresh server for each run."""
    seconds = []
    for _turn in range(RUNS):
        with server(latency) as running:
            seconds.append(run(running, plays.document(count, **options)))
            counts = running.counts()
    return statistics.median(seconds), counts


class Report:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, *lines: str) -> None:
        self.lines += lines
        print("\n".join(lines), flush=True)

    def table(self, head: list[str], rows: list[list[Any]]) -> None:
        self.say("| " + " | ".join(head) + " |", "|" + " --- |" * len(head))
        self.say(*("| " + " | ".join(_shown(cell) for cell in row) + " |" for row in rows), "")


def _shown(cell: Any) -> str:
    return (
        f"{cell:.3g}"
        if isinstance(cell, float) and cell < 100
        else f"{cell:.0f}"
        if isinstance(cell, float)
        else str(cell)
    )


def converged(report: Report) -> None:
    count, few = 200, 10
    with server() as running:
        run(running, plays.document(count))
        empty = median(lambda: run(running, plays.play([])))
        debug = median(lambda: run(running, plays.debug_loop(count)))
        same = median(lambda: run(running, plays.debug_same(count)))
        ping = median(lambda: run(running, plays.ping_loop(20)))
        one_ping = median(lambda: run(running, plays.ping_loop(1)))
        each = median(lambda: run(running, plays.by_hand_each(few)))
        best = median(lambda: run(running, plays.by_hand_best(count)))
        looped = median(lambda: run(running, plays.loops(count)))
        loop_counts = running.counts()
        whole = median(lambda: run(running, plays.document(count)))
        counts = running.counts()
        for number in (0, 100):
            running.control("POST", "edit", {"kind": "deployment", "name": f"D{number}", "keys": {"comment": "theirs"}})
            running.control("POST", "edit", {"kind": "schedule", "name": f"S{number}", "keys": {"isActive": False}})
        drifted = run(running, plays.document(count))
        drift_counts = running.counts()
    objects = 2 * count
    item, ping_item, uri_item = ((looped - empty) / objects, (ping - empty) / 20, (each - empty) / few)
    rows = [
        ["empty play", empty, "", "", ""],
        ["`debug` in loops", debug, 1000 * (debug - empty) / objects, "", ""],
        ["`debug` in loops, given the same templates as our modules", same, 1000 * (same - empty) / objects, "", ""],
        ["`ping` in a loop (20 items)", ping, 1000 * ping_item, "", ""],
        [f"three `uri` tasks an object ({few} objects)", each, 1000 * uri_item, "", ""],
        ["best play by hand: one list, conditional writes", best, 1000 * (best - empty) / objects, "", ""],
        ["our modules in two loops", looped, 1000 * item, *_calls(loop_counts)],
        ["`astera_server`", whole, 1000 * (whole - empty) / objects, *_calls(counts)],
        ["`astera_server`, 1 % drifted", drifted, "", *_calls(drift_counts)],
    ]
    report.say("## 200 deployments and 200 schedules, nothing to do", "")
    report.table(["play", "s", "ms an object", "logins + reads + writes", "TLS handshakes"], rows)
    report.say("| ratio | target | measured |", "| --- | --- | --- |")
    for name, target, value in (
        ("an item in a loop / a `debug` item", "≤ 1.5", item / ((debug - empty) / objects)),
        ("the same / a `debug` item given the same templates", "≤ 1.5", item / ((same - empty) / objects)),
        ("an item in a loop / a `ping` item", "≤ 0.1", item / ping_item),
        ("three `uri` tasks / an item in a loop", "≥ 25", uri_item / item),
        ("three `uri` tasks / an object of `astera_server`", "≥ 150", uri_item / ((whole - empty) / objects)),
        ("`astera_server` above an empty play / one `ping`", "≤ 1.5", (whole - empty) / (one_ping - empty)),
    ):
        report.say(f"| {name} | {target} | {value:.2f} |")
    report.say("")


def _calls(counts: dict[str, int]) -> list[str]:
    return [f"{counts['logins']} + {counts['reads']} + {counts['writes']}", str(counts["handshakes"])]


def creations(report: Report) -> None:
    count = 200
    plain, counts = created(count)
    rows = [["`astera_server`", plain, *_calls(counts)]]
    with server() as running:
        looped = run(running, plays.loops(count))
        rows.append(["our modules in two loops", looped, *_calls(running.counts())])
    with server() as running:
        best = run(running, plays.by_hand_best(20))
        rows.append(["best play by hand (40 objects)", best, *_calls(running.counts())])
    serial, _counts = created(count, latency=20, parallel_writes=1)
    parallel, counts = created(count, latency=20, parallel_writes=4)
    rows += [
        ["`astera_server`, 20 ms a request, `parallel_writes: 1`", serial, "", ""],
        ["`astera_server`, 20 ms a request, `parallel_writes: 4`", parallel, *_calls(counts)],
    ]
    report.say("## 400 creations", "")
    report.table(["play", "s", "logins + reads + writes", "TLS handshakes"], rows)
    with server() as running:
        empty = median(lambda: run(running, plays.play([])))
    share = (parallel - empty) / (serial - empty)
    report.say(
        f"At 20 ms a request, four writers take {share:.2f} of the serial time above an empty play (target: 0.25).", ""
    )


def growth(report: Report) -> None:
    rows = []
    for count in (1, 10, 100, 1000, 5000):
        with server() as running:
            run(running, plays.document(count // 2 or 1, parallel_writes=8))
            half = count // 2 or 1
            whole = median(lambda: run(running, plays.document(half)), 3 if count < 1000 else 1)
            carried = median(lambda: run(running, plays.carrying(half)), 3 if count < 1000 else 1)
            looped = run(running, plays.loops(half)) if count <= 1000 else ""
            rows.append([2 * half, whole, carried, whole - carried, looped])
    report.say("## Growth, nothing to do", "")
    report.table(["objects", "`astera_server` s", "`debug` carrying the same s", "our share s", "loops s"], rows)


def fleet(report: Report) -> None:
    rows = []
    with server() as running:
        run(running, plays.document(25))
        for hosts in (1, 10, 50):
            tasks = plays.document(25)[0]["tasks"]
            ours = median(lambda: run(running, plays.play(tasks, "all"), 10, hosts))
            debug = median(
                lambda: run(running, plays.play([{"ansible.builtin.debug": {"msg": "x"}}], "all"), 10, hosts)
            )
            rows.append([hosts, ours, debug])
    report.say("## A fleet: 50 objects each, forks 10", "")
    report.table(["hosts", "`astera_server` s", "`debug` s"], rows)


def start_up(report: Report) -> None:
    skipped = {"astera.data_stack.astera_server_info": {}, "when": False}
    with server() as running:
        empty = median(lambda: run(running, plays.play([])), 5)
        debug = median(lambda: run(running, plays.play([{"ansible.builtin.debug": {"msg": "x"}, "when": False}])), 5)
        ours = median(lambda: run(running, plays.play([skipped])), 5)
    report.say("## Start", "")
    report.table(["play", "s"], [["empty", empty], ["a skipped `debug`", debug], ["a skipped task of ours", ours]])


_UPLOAD = """
import resource, sys, time
sys.path.insert(0, {tree!r})
from ansible_collections.astera.data_stack.plugins.module_utils import _task
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import Deployment
spec = _task.argument_spec(Deployment)["argument_spec"]
params = {{option: value.get("default") for option, value in spec.items()}}
params.update({params!r})
params.update(url={url!r}, username={username!r}, password={password!r}, ca_path={ca_path!r}, timeout=600)
started = time.monotonic()
result = _task.run_task(Deployment, params, check_mode=False)
assert not result["failed"], result
print(time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def uploads(report: Report) -> None:
    rows = []
    with server() as running, tempfile.TemporaryDirectory(prefix="astera-bench-") as folder:
        _seconds, floor = _upload(running, {"name": "floor", "archive_server_path": "C:\\a.Car"})
        for size in (64, 512, 2048):
            file = Path(folder) / f"big{size}.car"
            with file.open("wb") as out:
                for _block in range(size):
                    out.write(os.urandom(2**20))
            hashing = _hash_seconds(file)
            curl = min(_curl(running, file) for _turn in range(2))
            seconds, peak = min(
                _upload(running, {"name": f"U{size} {turn}", "archive": str(file)}) for turn in range(2)
            )
            rows.append([size, seconds, hashing, curl, curl / (seconds - hashing), (peak - floor) / 1024])
            file.unlink()
    report.say("## Uploads over TLS", "")
    head = [
        "MiB",
        "task s",
        "of it SHA-256 s",
        "`curl -F` s",
        "throughput against curl, without the hash",
        "MiB of memory above a task without a file",
    ]
    report.table(head, rows)


def _upload(running: Server, params: dict[str, Any]) -> tuple[float, int]:
    facts = {key: running.facts[key] for key in ("url", "username", "password", "ca_path")}
    script = _UPLOAD.format(tree=str(ROOT / ".venv"), params=params, **facts)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def _hash_seconds(file: Path) -> float:
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", f"import hashlib; hashlib.file_digest(open({str(file)!r}, 'rb'), 'sha256')"], check=True
    )
    return time.monotonic() - started


def _curl(running: Server, file: Path) -> float:
    if not shutil.which("curl"):
        return float("nan")
    body = json.dumps({"User": running.facts["username"], "Password": running.facts["password"]}).encode()
    request = urllib.request.Request(running.facts["url"] + "/api/account/login", body)
    with running._opener.open(request) as answer:
        token = json.loads(answer.read())["access_token"]
    url = f"{running.facts['url']}/api/UploadFile?FileTypes=Car&TargetFileName=curl"
    command = ["curl", "-sS", "--noproxy", "*", "--cacert", running.facts["ca_path"], "-H", "@-", "-o", os.devnull]
    started = time.monotonic()
    subprocess.run(
        [*command, "-F", f"ArchiveFile=@{file}", url], input=f"Authorization: Bearer {token}", text=True, check=True
    )
    return time.monotonic() - started


PAGE = ROOT / "docs" / "performance.md"
HEAD = """# Performance

Written by `make bench`. Every figure is of a whole `ansible-playbook` process, the median of a few runs, against the emulated server over
TLS on the same machine. Compare figures of one table only.
"""


def publish(section: list[str]) -> None:
    """Put a section into the page, in the place of an earlier one of the same title."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    old = re.findall(r"^## .*?(?=^## |\Z)", page, re.M | re.S)
    notes = (ROOT / "tests/benchmarks/notes.md").read_text(encoding="utf-8")
    kept = {text.split("\n", 1)[0]: text for text in old if text.split("\n", 1)[0] not in notes}
    kept[section[0]] = "\n".join(section)
    texts = [HEAD, *(text.strip() + "\n" for text in kept.values()), notes.strip() + "\n"]
    PAGE.write_text("\n".join(texts).rstrip("\n") + "\n", encoding="utf-8")


def main() -> None:
    """Measure all parts, or those that are named, and put each on the page when it is done."""
    version = subprocess.run(
        [BIN / "ansible", "--version"], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    core = version.stdout.split("\n", 1)[0]
    machine = f"{core}, Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}"
    parts: dict[str, Callable[[Report], None]] = {
        part.__name__: part for part in (converged, creations, growth, fleet, start_up, uploads)
    }
    parts.update({part.__name__: partial(part, sys.modules[__name__]) for part in roles.PARTS})
    if not sys.argv[1:]:
        # A section that no part writes any more does not stay.
        PAGE.unlink(missing_ok=True)
    for name in sys.argv[1:] or parts:
        report = Report()
        parts[name](report)
        load = os.getloadavg()[0]
        report.say(f"{machine}, {time.strftime('%Y-%m-%d')}, {RUNS} runs, load average {load:.1f} at the end.", "")
        publish(report.lines)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"processor time of all runs: {spent.ru_utime + spent.ru_stime:.0f} s")


if __name__ == "__main__":
    main()
