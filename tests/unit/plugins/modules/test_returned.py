# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module documents as returned is what it returns: every key, at every depth, in success, in check mode and in failure."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import doc_snippets
from ansible_collections.astera.data_stack.tests.emulator import Dialect

# Ansible documents these for all modules; exception and invocation are its own.
COMMON = {"changed", "diff", "failed", "msg", "warnings", "deprecations", "exception", "invocation"}
TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict, "raw": object}
DAILY = {"start_time": "2026-12-01T04:30:00+01:00"}
SALES = {"name": "Sales", "archive_server_path": "C:\\Astera\\Sales.car"}
EVERY_DAY = {"name": "Sales every morning", "deployment": "Sales", "daily": DAILY}
LICENSE = {"user": "Jane Doe", "organization": "Example Ltd", "key": "0123-4567"}
FLOW = "C:\\Flows\\CloseDay.Wf"
NOBODY = {"password": "not-this-one"}


def race(server, kind, *name, **keys):
    """Another client's change between the read and the write of the next task."""
    path = {"server_config": "/api/Server/Config"}.get(kind, f"/api/{kind.capitalize()}")
    server.before("POST", path, lambda: server.edit(kind, *name, **keys))


def cluster(server, run, tmp_path):
    yield run("cluster", name="PRODUCTION", check=True)
    yield run("cluster", name="PRODUCTION")
    race(server, "cluster", purgeJobInfoAfter=14)
    yield run("cluster", purge_job_info_after=30)
    yield run("cluster", name="PRODUCTION", **NOBODY)


def deployment(server, run, tmp_path):
    archive = tmp_path / "sales.car"
    archive.write_bytes(b"PK\x03\x04")
    yield run("deployment", name="Sales", archive=str(archive), check=True)
    yield run("deployment", name="Sales", archive=str(archive))
    race(server, "deployment", "Sales", comment="theirs")
    yield run("deployment", name="Sales", comment="ours")
    yield run("deployment", **{**SALES, **NOBODY})


def schedule(server, run, tmp_path):
    server.seed("deployment", name="Sales")
    yield run("schedule", **EVERY_DAY, check=True)
    yield run("schedule", **EVERY_DAY)
    race(server, "schedule", "Sales every morning", traceLevel="Theirs")
    yield run("schedule", name="Sales every morning", trace_level="Ours")
    yield run("schedule", **{**EVERY_DAY, **NOBODY})


def server_config(server, run, tmp_path):
    server.edit("server_config", serverDbInfo={"dataProvider": "SqlServer", "server": "sql.example.com"})
    yield run("server_config", server_profile="ServerProfile2", check=True)
    yield run("server_config", server_profile="ServerProfile2")
    race(server, "server_config", configParameters={"purgeChunkSize": 7})
    yield run("server_config", config_parameters={"purge_chunk_size": 70})
    yield run("server_config", server_profile="ServerProfile2", **NOBODY)


def license(server, run, tmp_path):
    yield run("license", **LICENSE, check=True)
    yield run("license", **LICENSE)
    yield run("license", **LICENSE, receipt_path=str(tmp_path / "receipt"))
    yield run("license", **LICENSE, **NOBODY)


def pause(server, run, tmp_path):
    mark = {"state_path": str(tmp_path / "mark.json"), "owner": "jane"}
    yield run("pause", state="paused", **mark, check=True)
    yield run("pause", state="paused", **mark)
    yield run("pause", state="paused", **{**mark, "owner": "joe"}, force=True)
    yield run("pause", state="paused", **mark, force=True)
    yield run("pause", state="restored", **mark)
    yield run("pause", state="paused", **mark, **NOBODY)


def job(server, run, tmp_path):
    yield run("job", file_path=FLOW, check=True)
    yield run("job", file_path=FLOW, wait=False)
    yield run("job", file_path=FLOW)
    server.set_job_result(FLOW, "Terminated")
    yield run("job", file_path=FLOW)


def job_info(server, run, tmp_path):
    run("job", file_path=FLOW)
    yield run("job_info", id="1")
    yield run("job_info", id="1", **NOBODY)


def server(server, run, tmp_path):
    document = {"deployments": [SALES], "schedules": [EVERY_DAY], "cluster": {"name": "PRODUCTION"}}
    asked = {"snapshot": True, "unmanaged_deployments": "report", "unmanaged_schedules": "report"}
    server.seed("deployment", name="Another's")
    yield run("server", **document, **asked, wait_timeout=9, check=True)
    yield run("server", **document)
    race(server, "deployment", "Sales", comment="theirs")
    yield run("server", deployments=[{"name": "Sales", "comment": "ours"}])
    state_path = str(tmp_path / "state.json")
    run("pause", state="paused", state_path=state_path, window="deployment", owner="us")
    pause = {"state_path": state_path, "owner": "us"}
    yield run("server", deployments=[{"name": "Sales", "comment": "paused"}], pause=pause)
    server.fail("POST", "/api/Deployment", how="status", status=400, body="No.", times=10)
    yield run("server", deployments=[{"name": "Sales", "comment": "other"}])
    yield run("server", **document, **NOBODY)


def server_info(server, run, tmp_path):
    yield from reading("server_info", run)


def server_config_info(server, run, tmp_path):
    yield from reading("server_config_info", run)


def cluster_info(server, run, tmp_path):
    yield from reading("cluster_info", run)


def compatibility_info(server, run, tmp_path):
    server.seed("deployment", name="Sales")
    yield run("compatibility_info", pause_between_reads=0)
    yield run("compatibility_info", pause_between_reads=0, openapi_path="/nowhere.json")
    yield run("compatibility_info", **NOBODY)


def deployment_info(server, run, tmp_path):
    server.seed("deployment", name="Sales")
    yield from reading("deployment_info", run)


def schedule_info(server, run, tmp_path):
    server.seed("deployment", name="Sales")
    run("schedule", **EVERY_DAY)
    yield from reading("schedule_info", run)


def reading(name, run):
    yield run(name)
    yield run(name, raw=True)
    yield run(name, **NOBODY)


SCENES = {
    f"astera_{scene.__name__}": scene
    for scene in (
        cluster,
        cluster_info,
        compatibility_info,
        deployment,
        deployment_info,
        job,
        job_info,
        license,
        pause,
        schedule,
        schedule_info,
        server,
        server_config,
        server_config_info,
        server_info,
    )
}


def test_scenes_cover_each_module():
    assert set(SCENES) == {name for name in doc_snippets.documented_modules() if doc_snippets.resource_of(name)}


# With timestamps everywhere, so that any of them can be changed by another client meanwhile.
@pytest.mark.parametrize("server", [Dialect(singleton_stamps=True)], indirect=True, ids=["stamps"])
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.shows(f"module {name}")) for name in SCENES])
def test_results_match_the_documentation(server, run, fast_sleep, tmp_path, name):
    documented = doc_snippets.module_documentation(name, "RETURN")
    results = [
        {key: value for key, value in result.items() if key not in COMMON | {"text"}}
        for result in SCENES[name](server, run, tmp_path)
    ]
    assert [result for result in results[:-1] if "error" in result and "plan" not in result] == []
    assert results[-1]["error"]
    # Where tasks run in Ansible's own process, another server of the cluster can have done the work: no module knows.
    seen = set().union(*results) | ({"written_by"} & set(documented))
    assert seen == set(documented)
    for result in results:
        assert problems(documented, result) == []


def problems(documented, result, path=""):
    """Keys that are not documented or not there, and values of another type."""
    found = []
    for key, value in result.items():
        said = documented.get(key)
        if said is None or value is None:
            continue
        here = f"{path}{key}"
        if not isinstance(value, TYPES[said["type"]]):
            found.append(f"{here} is no {said['type']}")
        for item in (value if isinstance(value, list) else [value]) if said.get("contains") else []:
            found += _problems_inside(said, item, here)
    return found


def _problems_inside(said, item, here):
    contains = said["contains"]
    always = {key for key, spec in contains.items() if spec["returned"] == "always"}
    found = [f"{here}.{key} is not there" for key in always - set(item)]
    # An object of the server has more keys than its documentation, which says so with a sample of the whole.
    if "sample" not in said:
        found += [f"{here}.{key} is not documented" for key in set(item) - set(contains)]
    return found + problems(contains, item, f"{here}.")
