# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts and groups the inventory makes of a list and of exports."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import snapshot
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from ansible_collections.astera.data_stack.tests import doc_snippets
from ansible_collections.astera.data_stack.tests.inventories import NAME, Refused

LISTED = [
    {"name": "a.example.com", "url": "https://a.example.com:9261", "vars": {"astera_timeout": 5}},
    {"name": "b.example.com"},
]
EXAMPLE_BLOCKS = [block for block in doc_snippets.blocks() if f"plugin: {NAME}\n" in block.text]


def repository(server, database="Repo", **more):
    return {"dataProvider": "SqlServer", "server": server, "database": database, **more}


def clusters(groups):
    """The sets of hosts that share a repository."""
    return sorted(hosts for name, hosts in groups.items() if name.startswith("astera_repository_"))


@pytest.mark.parametrize("servers", [LISTED, {one["name"]: {k: one[k] for k in one if k != "name"} for one in LISTED}])
def test_inventory_creates_hosts_from_the_list(desk, servers):
    hosts, groups = desk.read(servers=servers)
    assert hosts["a.example.com"]["astera_url"] == "https://a.example.com:9261"
    assert hosts["a.example.com"]["astera_timeout"] == 5
    assert "astera_url" not in hosts["b.example.com"]
    assert groups["astera"] == ["a.example.com", "b.example.com"]
    assert groups["ungrouped"] == []


def test_inventory_templates_values_of_the_list(desk):
    server = {"url": "https://{{ inventory_hostname }}:{{ port }}", "vars": {"astera_password": "{{ vault_word }}"}}
    hosts, _groups = desk.read({"port": 9260, "vault_word": "x"}, servers={"a": server})
    assert hosts["a"]["astera_url"] == "https://a:9260"
    assert hosts["a"]["astera_password"] == "x"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("astera[01:03].example.com", ["astera01.example.com", "astera02.example.com", "astera03.example.com"]),
        ("astera-[a:b]", ["astera-a", "astera-b"]),
        ("a[1:5:2]x[0:1]", ["a1x0", "a1x1", "a3x0", "a3x1", "a5x0", "a5x1"]),
        ("one[7:7]", ["one7"]),
    ],
)
@pytest.mark.parametrize("spelled", ["list", "dictionary"])
def test_inventory_expands_a_range_of_hosts(desk, name, expected, spelled):
    server = {"url": "https://{{ inventory_hostname }}:9261", "vars": {"astera_timeout": 5}}
    servers = [{"name": name, **server}] if spelled == "list" else {name: server}
    hosts, groups = desk.read(servers=servers)
    assert groups["astera"] == expected
    assert [hosts[host]["astera_url"] for host in expected] == [f"https://{host}:9261" for host in expected]
    assert {hosts[host]["astera_timeout"] for host in expected} == {5}


def test_inventory_accepts_a_plain_url_for_one_host(desk):
    assert desk.read(servers={"a[1:1]": {"url": "https://b:1"}})[0]["a1"]["astera_url"] == "https://b:1"


def test_inventory_creates_hosts_from_exports(desk, exported):
    desk.export("a.example.com", server_config={"serverProfile": "P"}, cluster={"purgeJobInfoAfter": 30})
    hosts, groups = exported()
    (found,) = hosts.values()
    assert found["astera_url"] == "https://a.example.com:9261"
    assert found["astera_server_config"] == {"server_profile": "P"}
    assert found["astera_cluster"] == {"purge_job_info_after": 30}
    assert found["astera_deployments"] == found["astera_schedules"] == []
    assert found["astera_inventory"] == {
        "server_profile": "P",
        "snapshot": str(desk.exports / "a.example.com.json"),
    }
    assert groups["astera"] == ["a.example.com"]


def test_inventory_reads_a_partial_export(desk, exported):
    desk.export("seen", server_config={"serverProfile": "P", "serverDbInfo": repository("sql")}, version="10.1")
    desk.export("declared", server_config={"serverProfile": "P", "serverDbInfo": repository("sql")}, version="10.1")
    (desk.exports / "seen.yml").unlink()
    (desk.exports / "declared.json").unlink()
    hosts, groups = exported()
    assert set(hosts["seen"]) == {"astera_url", "astera_inventory"}
    assert "astera_url" not in hosts["declared"]
    assert "version" not in hosts["declared"]["astera_inventory"]
    assert groups["astera_profile_P"] == ["declared", "seen"]
    assert groups["astera_version_10_1"] == ["seen"]
    assert clusters(groups) == [["declared", "seen"]]


def test_inventory_prefers_declared_values_to_snapshots(desk, exported):
    desk.export("a", server_config={"serverProfile": "old"})
    desk.put("a.yml", "astera_server_config: {server_profile: new}\n")
    _hosts, groups = exported()
    assert groups["astera_profile_new"] == ["a"]
    assert "astera_profile_old" not in groups


def test_inventory_prefers_the_list_to_exports(desk, exported):
    desk.export("a", server_config={"serverProfile": "P"}, cluster={"purgeJobInfoAfter": 30})
    desk.export("b")
    listed = {"a": {"url": "https://other:1", "vars": {"astera_cluster": {"purge_job_info_after": 9}}}, "c": None}
    hosts, groups = exported(servers=listed)
    assert hosts["a"]["astera_url"] == "https://other:1"
    assert hosts["a"]["astera_cluster"] == {"purge_job_info_after": 9}
    assert hosts["a"]["astera_server_config"] == {"server_profile": "P"}
    assert hosts["b"]["astera_url"] == "https://b:9261"
    assert groups["astera"] == ["a", "b", "c"]


def test_inventory_finds_the_export_of_a_name_with_a_slash(desk, exported):
    """Whose file is its own: a host of the name with another character has another."""
    desk.export(files.file_stem("farm/a"), url="https://x:1", server_config={"serverProfile": "P"})
    desk.export("farm-a", url="https://y:1", server_config={"serverProfile": "Q"})
    hosts, _groups = exported(servers=[{"name": "farm/a"}])
    assert sorted(hosts) == ["farm-a", "farm/a"]
    assert hosts["farm/a"]["astera_url"] == "https://x:1"


def test_inventory_reads_single_files_and_several_directories(desk):
    desk.export("a")
    desk.export("b")
    other = desk.folder / "other"
    other.mkdir()
    (desk.exports / "b.yml").rename(other / "b.yml")
    hosts, _groups = desk.read(exports=["exports/b.json", str(other), "exports/a.yml"])
    assert "astera_url" in hosts["b"]
    assert "astera_cluster" in hosts["b"]
    assert "astera_url" not in hosts["a"]


def test_inventory_ignores_other_files_in_a_directory(desk, exported):
    desk.export("a")
    for name in ("README.md", ".hidden.yml", "a.yml~", "a.yml.bak"):
        desk.put(name, "[")
    (desk.exports / "deeper.yml").mkdir()
    assert list(exported()[0]) == ["a"]


def test_inventory_without_servers_is_empty(desk):
    assert desk.read(servers=None, exports=None)[1] == {"all": [], "ungrouped": [], "astera": []}


def test_inventory_ignores_a_file_of_another_name(desk):
    for name in ("some.yml", "astera.json", "astera.yml.bak"):
        with pytest.raises(Refused, match="not for this plugin"):
            desk.read(name=name)
    assert desk.read(name="astera.yaml") == ({}, {"all": [], "ungrouped": [], "astera": []})


def test_inventory_reads_an_audit_as_snapshots(desk):
    config = {"serverProfile": "P", "serverDbInfo": repository("sql")}
    servers = [
        {"name": "one", "id": "one", "url": "https://one:9261", "snapshot": {"server_config": config}},
        {"name": "a#2", "id": "a%232", "url": "https://two:9261", "snapshot": {"server_config": config}},
        {"name": "down", "id": "down", "url": "https://down:9261", "snapshot": None},
        {"name": "nowhere", "id": "nowhere", "url": None, "snapshot": None},
    ]
    path = desk.put("audit.json", {"format": "astera.data_stack.audit", "version": 1, "servers": servers})
    hosts, groups = desk.read(exports=["exports/audit.json"])
    assert [hosts[name].get("astera_url") for name in ("one", "a#2", "down", "nowhere")] == [
        *(f"https://{host}:9261" for host in ("one", "two", "down")),
        None,
    ]
    assert hosts["a#2"]["astera_inventory"]["snapshot"] == f"{path}#a%232"
    assert snapshot.load(f"snapshot:{path}#a%232").url == "https://two:9261"
    assert hosts["down"]["astera_inventory"] == {}
    assert clusters(groups) == [["a#2", "one"]]


# Groups


def test_repository_group_ignores_the_spelling(desk, exported):
    for name, server in {"a": "SQL.example.com", "b": "tcp:sql.example.com,1433", "c": "sql2.example.com"}.items():
        desk.export(name, server_config={"serverDbInfo": repository(server)})
    desk.export("d", server_config={"serverDbInfo": repository("sql.example.com", "repo", port=1433, schema="dbo")})
    hosts, groups = exported()
    assert clusters(groups) == [["a", "b", "d"], ["c"]]
    assert hosts["a"]["astera_inventory"]["repository"] == hosts["d"]["astera_inventory"]["repository"]


def test_repository_group_of_a_local_repository_has_one_machine(desk, exported):
    desk.export("a", server_config={"serverDbInfo": repository("localhost")})
    desk.export("b", server_config={"serverDbInfo": repository("(local)")})
    desk.export("c", server_config={"serverDbInfo": repository("A,1433")})
    desk.export("tunnel", url="https://localhost:1", server_config={"serverDbInfo": repository(".")})
    assert clusters(exported()[1]) == [["a", "c"], ["b"], ["tunnel"]]


def test_repository_group_needs_a_repository(desk, exported):
    desk.export("a", server_config={"serverDbInfo": {"dataProvider": "SqlServer", "database": "Repo"}})
    desk.export("b", server_config={"serverDbInfo": None})
    desk.export("c", server_config={"serverDbInfo": repository("sql", "x********x")})
    assert clusters(exported()[1]) == []


def test_inventory_nests_groups_in_its_own_group(desk, exported):
    """Or the servers of one configuration would be below the group of another."""
    desk.export("a", server_config={"serverProfile": "P"}, version="10")
    groups = exported(group="east")[1]
    assert {name for name in groups if groups[name]} - {"all"} == {"east", "east_profile_P", "east_version_10"}


def test_group_name_is_unique_for_each_value(desk, exported):
    for name, profile in {"a": "my profile", "b": "my-profile", "c": "MY profile", "d": "my profile"}.items():
        desk.export(name, server_config={"serverProfile": profile})
    found = [hosts for name, hosts in exported()[1].items() if name.startswith("astera_profile_")]
    assert sorted(found) == [["a", "d"], ["b"], ["c"]]


def test_inventory_composes_variables_and_groups(desk, exported):
    desk.export("prod1", server_config={"serverDbInfo": repository("sql")}, version="10.4.1")
    hosts, groups = exported(
        servers={"unknown": {}},
        compose={"astera_cluster_id": "astera_inventory.repository"},
        groups={"production": "'prod' in inventory_hostname"},
        keyed_groups=[{"key": "astera_inventory.version.split('.') | first", "prefix": "major"}],
    )
    assert hosts["prod1"]["astera_cluster_id"] == "sqlserver://sql/repo"
    assert "astera_cluster_id" not in hosts["unknown"]
    assert groups["production"] == groups["major_10"] == ["prod1"]


def test_strict_reports_what_could_not_be_composed(desk, exported):
    desk.export("a")
    with pytest.raises(Refused, match="astera_cluster_id"):
        exported(strict=True, compose={"astera_cluster_id": "astera_inventory.repository"})


@pytest.mark.parametrize("block", EXAMPLE_BLOCKS, ids=str)
def test_inventory_examples_are_valid(desk, block):
    """Those of the plugin, and those in the guides."""
    content = block.content()
    assert content.pop("plugin") == NAME
    desk.exports.rename(desk.folder / "astera-export")
    desk.exports = desk.folder / "astera-export"
    names = ["prod1.example.com", "prod2.example.com"]
    for name in names:
        config = {"serverDbInfo": repository("sql"), "serverProfile": "P"}
        desk.export(name, server_config=config, version="10.4.0.1")
    hosts, groups = desk.read({"vault_astera_repository_password": "x"}, **content)
    assert set(hosts) == set(groups["astera"])
    assert set(names) <= set(hosts) or "exports" not in content
    assert all(hosts[name][variable] for variable in content.get("compose", {}) for name in names)
    assert all(groups[name] for name in content.get("groups", {}))
