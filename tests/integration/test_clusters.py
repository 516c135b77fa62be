# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two servers on one repository: what is shared is written once, a pause comes back whatever happens."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile

import pytest
import yaml
from ansible_collections.astera.data_stack.tests import fork_server, isolated_home, postgres
from ansible_collections.astera.data_stack.tests.emulator import Emulator

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.M)
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
SHARED = {"/api/Cluster", "/api/Deployment", "/api/Schedule", "/api/UploadFile"}


class Cluster:
    """A folder with an inventory of the servers, and a play over them."""

    def __init__(self, folder, servers):
        self.folder = folder
        self.servers = servers
        with zipfile.ZipFile(folder / "sales.car", "w") as archive:
            archive.writestr("a.Df", "<Flow/>")
        self.variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "astera_cluster_id": "production",
            "astera_wait_timeout": 0,
            "astera_retries": 1,
            "astera_server_config": {
                "server_profile": "ServerProfile2",
                "repository": {"data_provider": "PostgreSQL", "database": "Repository"},
            },
            "astera_license": {"user": "Jane", "organization": "Example", "key": "canary-license-key"},
            "astera_cluster": {"purge_job_info_after": 30},
            "astera_deployments": [{"name": "Sales", "archive": str(folder / "sales.car")}],
            "astera_schedules": [{"name": "Daily", "deployment": "Sales", "daily": DAILY, "is_active": True}],
        }

    def _prepare(self, *plays, hosts=None, **variables):
        """Write the plays, and return their command, directory and environment."""
        for server in self.servers:
            server.clear_requests()
        found = {
            f"astera0{number}": {
                "astera_url": server.url,
                "astera_username": server.username,
                "astera_password": server.password,
                "astera_ca_path": server.ca_path,
            }
            for number, server in enumerate(self.servers, 1)
        }
        found = {name: {**values, **(hosts or {}).get(name, {})} for name, values in found.items()}
        inventory = {"astera": {"hosts": found, "vars": {**self.variables, **variables}}}
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        options = [word for word in plays if isinstance(word, str)]
        content = [{"hosts": "astera", "gather_facts": False, **play} for play in plays if not isinstance(play, str)]
        (self.folder / "play.yml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return {
            "command": [isolated_home.BIN / "ansible-playbook", "-i", "inventory.yml", "play.yml", *options],
            "cwd": self.folder,
            "env": isolated_home.environment(self.folder),
        }

    def start(self, *plays, **variables):
        """Start a process of its own group."""
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        prepared = self._prepare(*plays, **variables)
        return subprocess.Popen(prepared.pop("command"), **prepared, **output, start_new_session=True)

    def play(self, *plays, expect=0, hosts=None, **variables):
        """→ host → changed, unreachable, failed; and what was printed, in one line."""
        done = fork_server.run(**self._prepare(*plays, hosts=hosts, **variables))
        printed = done.stdout + done.stderr
        assert done.returncode in (expect if isinstance(expect, tuple) else (expect,)), printed
        return {name: tuple(map(int, counts)) for name, *counts in RECAP.findall(printed)}, " ".join(printed.split())

    def bootstrap(self, *options, serial=None, strategy="linear", **more):
        play = {"roles": [{"role": "astera.data_stack.bootstrap"}], "strategy": strategy}
        play.update({"serial": serial} if serial else {})
        return self.play(play, *options, **more)

    def commits(self, *which):
        """The accepted writes of what is shared, by any server."""
        paths = [entry.path for server in self.servers for entry in server.commits]
        return sorted(path for path in paths if path in (which or SHARED))

    @property
    def pause(self):
        settings = self.servers[0].state["cluster"]
        return [settings[f"pause{key}"] for key in ("AllServers", "ServersFrom", "ServersTo")]

    def pauses(self):
        """What each accepted write of the settings said, in order."""
        entries = [entry for server in self.servers for entry in server.commits if entry.path == "/api/Cluster"]
        return [entry.json["pauseAllServers"] for entry in entries]

    @property
    def marks(self):
        return list((self.folder / ".ansible/astera_data_stack/maintenance").glob("*"))


@pytest.fixture(scope="module")
def database():
    try:
        with postgres.running() as url:
            yield url
    except postgres.Missing as missing:
        pytest.skip(str(missing))


def servers_on(url, folder, count=2):
    return [Emulator(database=url, folder=str(folder / f"server{number}")) for number in range(1, count + 1)]


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.full)])
def any_cluster(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'repository.db'}"
    if request.param == "PostgreSQL":
        url = postgres.another(request.getfixturevalue("database"))
    first, second = servers_on(url, tmp_path)
    with first, second:
        yield Cluster(tmp_path, [first, second])


@pytest.fixture
def cluster(tmp_path):
    first, second = servers_on(f"sqlite:///{tmp_path / 'repository.db'}", tmp_path)
    with first, second:
        yield Cluster(tmp_path, [first, second])


ONCE = ["/api/Cluster", "/api/Deployment", "/api/Schedule", "/api/UploadFile"]


def test_cluster_writes_shared_objects_once_and_the_rest_per_server(any_cluster):
    counts, _printed = any_cluster.bootstrap()
    assert counts == {"astera01": (5, 0, 0), "astera02": (2, 0, 0)}
    assert any_cluster.commits() == ONCE
    for server in any_cluster.servers:
        assert server.state["server_config"]["serverProfile"] == "ServerProfile2"
        assert server.state["license"]["active"] is True
        assert [item["name"] for item in server.state["schedules"]] == ["Daily"]
    counts, _printed = any_cluster.bootstrap()
    assert counts == {"astera01": (0, 0, 0), "astera02": (0, 0, 0)}


@pytest.fixture
def large_cluster(tmp_path):
    with contextlib.ExitStack() as stack:
        servers = servers_on(f"sqlite:///{tmp_path / 'repository.db'}", tmp_path, 4)
        yield Cluster(tmp_path, [stack.enter_context(server) for server in servers])


@pytest.mark.parametrize(
    ("strategy", "serial"),
    [
        pytest.param("linear", 1, marks=pytest.mark.full),
        pytest.param("linear", 3, marks=pytest.mark.full),
        pytest.param("free", None, marks=pytest.mark.full),
        pytest.param("host_pinned", None, marks=pytest.mark.full),
        pytest.param("host_pinned", 3, marks=pytest.mark.full),
    ],
)
def test_cluster_writes_shared_objects_once_under_each_strategy(large_cluster, strategy, serial):
    predicted, _printed = large_cluster.bootstrap("--check", strategy=strategy, serial=serial)
    assert not [entry for server in large_cluster.servers for entry in server.writes]
    counts, printed = large_cluster.bootstrap(strategy=strategy, serial=serial)
    for found in (predicted, counts):
        # Whoever comes first to a part writes it; under linear, that is the same server each time.
        changed = sorted(changed for changed, *_none in found.values())
        assert changed == [2, 2, 2, 5] if strategy == "linear" else sum(changed) == 11
        assert {lost for _changed, *rest in found.values() for lost in rest} == {0}
    assert large_cluster.commits() == ONCE
    assert printed.count("=> deployment 'Sales': create") == 1


def plays(*variables):
    return [{"roles": [{"role": "astera.data_stack.bootstrap", **given}]} for given in variables]


@pytest.mark.full
def test_cluster_repeats_its_work_in_each_play(cluster):
    """Three plays: the second has other values, and the third, with those of the first, is not taken for done."""
    first, second = ({"astera_cluster": {"purge_job_info_after": days}} for days in (30, 60))
    nothing = {
        "astera_deployments": None,
        "astera_schedules": None,
        "astera_server_config": None,
        "astera_license": None,
    }
    given = [{**nothing, **values} for values in (first, second, first)]
    counts, _printed = cluster.play(*plays(*given))
    assert counts == {"astera01": (3, 0, 0), "astera02": (0, 0, 0)}
    assert days(cluster) == [[30, 60, 30], []]


@pytest.mark.full
def test_cluster_repeats_its_work_in_each_inclusion(cluster):
    task = {
        "ansible.builtin.include_role": {"name": "astera.data_stack.bootstrap"},
        "loop": [30, 60, 30],
        "vars": {"astera_cluster": {"purge_job_info_after": "{{ item }}"}},
    }
    nothing = dict.fromkeys(("astera_deployments", "astera_schedules", "astera_server_config", "astera_license"))
    cluster.play({"tasks": [task], "strategy": "free"}, **nothing)
    assert sorted(each for found in days(cluster) for each in found) == [30, 30, 60]
    assert cluster.servers[0].state["cluster"]["purgeJobInfoAfter"] == 30


def days(cluster):
    """What the accepted writes of each server said, in order."""
    entries = ((entry for entry in server.commits if entry.path == "/api/Cluster") for server in cluster.servers)
    return [[entry.json["purgeJobInfoAfter"] for entry in found] for found in entries]


def test_cluster_writes_through_the_next_server(cluster):
    down = {"astera01": {"astera_url": "https://127.0.0.1:1"}}
    counts, _printed = cluster.bootstrap(hosts=down, expect=2)
    assert counts == {"astera01": (0, 0, 1), "astera02": (5, 0, 0)}
    assert cluster.commits() == ONCE
    assert not cluster.servers[0].requests


@pytest.mark.full
def test_cluster_continues_with_the_next_server_after_a_failure(cluster):
    cluster.servers[0].fail("*", "/api/Deploy*", how="reset", times=99)
    counts, _printed = cluster.bootstrap(expect=2, astera_pause_during_deploy=True)
    assert [counts["astera01"][2], counts["astera02"][2]] == [1, 0]
    assert cluster.commits("/api/Deployment", "/api/Schedule") == ["/api/Deployment", "/api/Schedule"]
    assert cluster.pause == [False, None, None]
    assert cluster.marks == []


@pytest.mark.full
def test_servers_without_a_cluster_are_each_written_in_full(tmp_path):
    with Emulator() as first, Emulator() as second:
        apart = Cluster(tmp_path, [first, second])
        counts, _printed = apart.bootstrap(astera_cluster_id="")
        assert counts == {"astera01": (5, 0, 0), "astera02": (5, 0, 0)}
        assert apart.commits() == sorted(ONCE * 2)


# The window


@pytest.mark.shows("role maintenance")
def test_pause_during_deploy_is_used_for_deployments_only(any_cluster):
    any_cluster.servers[0].edit_cluster(pauseServersFrom="22:00:00.10")
    seen = []
    for server in any_cluster.servers:
        server.before("POST", "/api/Deployment", lambda: seen.append(any_cluster.pause))
    any_cluster.bootstrap(astera_pause_during_deploy=True)
    assert seen == [[True, None, None]]
    assert any_cluster.pause == [False, "22:00:00.10", None]
    counts, _printed = any_cluster.bootstrap(astera_pause_during_deploy=True)
    assert counts == {"astera01": (0, 0, 0), "astera02": (0, 0, 0)}
    assert any_cluster.commits() == []
    changed = [{"name": "Daily", "is_active": False}]
    any_cluster.bootstrap(astera_pause_during_deploy=True, astera_schedules=changed)
    assert any_cluster.commits() == ["/api/Schedule"]
    assert any_cluster.marks == []


@pytest.mark.full
def test_pause_during_deploy_is_predicted_in_check_mode(cluster):
    _counts, printed = cluster.bootstrap("--check", "--diff", astera_pause_during_deploy=True)
    assert '"pause_all_servers": true' in printed
    assert not [entry for server in cluster.servers for entry in server.writes]
    assert cluster.marks == []


def window(*work, **keywords):
    begin, end = (
        {"ansible.builtin.include_role": {"name": "astera.data_stack.maintenance", "tasks_from": name}}
        for name in ("begin", "end")
    )
    return {"tasks": [{"block": [begin, *work], "always": [end], **keywords}]}


FAILS = {"ansible.builtin.fail": {"msg": "no"}}
ON_FIRST = {"when": "inventory_hostname == 'astera01'"}


@pytest.mark.parametrize(
    ("work", "hosts"),
    [
        pytest.param([{**FAILS, **ON_FIRST}], {}, id="the first host fails", marks=pytest.mark.full),
        pytest.param([FAILS], {}, id="all hosts fail", marks=pytest.mark.full),
        pytest.param(
            [{"ansible.builtin.ping": {}}],
            {"astera01": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}},
            id="the first host is lost to Ansible",
        ),
    ],
)
def test_maintenance_restores_the_pause_after_each_failure(cluster, work, hosts):
    cluster.servers[0].edit_cluster(pauseServersFrom="22:00")
    expect = 4 if hosts else 2
    _counts, printed = cluster.play(window(*work), hosts=hosts, expect=expect)
    assert sorted(cluster.pauses()) == [False, True], printed
    assert cluster.pause == [False, "22:00", None]
    assert cluster.marks == []


@pytest.mark.full
def test_maintenance_restores_the_pause_of_an_unreachable_host(cluster):
    lost = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    play = window({"ansible.builtin.ping": {}}, ignore_unreachable=True)
    cluster.play(play, "--limit", "astera01", hosts={"astera01": lost})
    assert cluster.pauses() == [True, False]
    assert cluster.pause[0] is False


@pytest.mark.full
def test_maintenance_restores_the_pause_through_another_server(cluster):
    """Its API does not answer any more: another server of the cluster takes the pause back."""
    first, second = cluster.servers
    first.fail("*", "/api/Cluster", how="reset", times=99, after=3)
    # Either server might come first: only a server that is asked can fail.
    counts, _printed = cluster.play(window(), expect=(0, 2))
    assert counts["astera02"][2] == 0
    assert [entry.path for entry in second.commits][-1:] == ["/api/Cluster"]
    assert cluster.pause[0] is False
    assert cluster.marks == []


@pytest.mark.full
def test_F49_pause_of_a_killed_run_is_reported_and_restored(cluster):
    hold = threading.Event()
    cluster.servers[0].edit_cluster(pauseServersFrom="22:00")
    process = cluster.start(window({"ansible.builtin.wait_for": {"timeout": 100}}), astera_maintenance_window="night")
    try:
        until = time.monotonic() + 600
        while not cluster.pause[0] and time.monotonic() < until:
            hold.wait(0.1)
        assert cluster.pause[0] is True
        # The job of a controller is another owner, and cannot know whether the other run is over.
        _counts, printed = cluster.play(
            window(), expect=2, awx_job_id=7, awx_job_template_name="Night", awx_user_name="jane"
        )
        assert "belongs to another run" in printed
        assert str(cluster.marks[0]) in printed
        assert cluster.pause[0] is True
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    _counts, printed = cluster.play(window())
    assert "the servers were paused by root@" in printed or "the servers were paused by " in printed
    assert "window night" in printed
    assert "that window was not closed" in printed
    assert cluster.pause == [False, "22:00", None]
    assert cluster.marks == []
