# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever texts a server has: they arrive as they are, nothing is evaluated, and a group is what its servers have in common."""

from __future__ import annotations

import itertools
import re

from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12),
    st.sampled_from(
        ["{{ 7 * 6 }}", "{{ lookup('env', 'HOME') }}", "{% if x %}", "{# x #}", "#jinja2: y", "{{ vault_x }}", "a b"]
    ),
    st.text("{}%#vault_x 'a-", min_size=1, max_size=20),
)
COMMON = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def emptied(desk):
    for path in desk.exports.iterdir():
        path.unlink()


def texts_in(value):
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


@COMMON
@given(TEXTS)
def test_inventory_never_evaluates_server_text(desk, exported, text):
    emptied(desk)
    config = {"serverProfile": text, "serverDbInfo": {"server": text, "database": text}}
    deployments = [{"name": "D", "comment": text, "clusterArchiveFilePath": "C:\\x.Car", "future": {"key": [text]}}]
    snapshot = {"server_config": config, "cluster": {"name": text}, "deployments": deployments, "schedules": []}
    desk.export("a", version=text, **snapshot)
    hosts, groups = exported({"vault_x": "evaluated", "x": "evaluated"})
    found = hosts["a"]
    assert found["astera_deployments"][0]["comment"] == text
    assert found["astera_deployments"][0]["settings"] == {"future": {"key": [text]}}
    assert found["astera_cluster"] == {"name": text}
    assert found["astera_server_config"]["server_profile"] == text
    assert found["astera_inventory"].get("version", "") == text.strip()
    assert found["astera_inventory"].get("server_profile", "") == text.strip()
    (desk.exports / "a.yml").unlink()
    alone, _groups = exported({"vault_x": "evaluated"})
    assert alone["a"]["astera_inventory"] == found["astera_inventory"]
    assert all(re.fullmatch(r"\w+", name) for name in groups)


@COMMON
@given(st.lists(TEXTS, min_size=2, max_size=4))
def test_group_holds_the_servers_with_one_value(desk, exported, profiles):
    emptied(desk)
    for number, profile in enumerate(profiles):
        desk.export(f"s{number}", server_config={"serverProfile": profile})
    groups = [hosts for name, hosts in exported()[1].items() if name.startswith("astera_profile_")]
    for (one, left), (two, right) in itertools.combinations(enumerate(profiles), 2):
        together = any({f"s{one}", f"s{two}"} <= set(hosts) for hosts in groups)
        assert together == (left.strip() == right.strip() != "")


def test_inventory_has_templates_for_secrets_only(desk, exported):
    desk.export("a", cluster={"mail": {"password": "********", "text": "{{ vault_astera_cluster_mail_password }}"}})
    assert "{{ vault_astera_cluster_mail_password }}" in files.variables(
        {"cluster": {"mail": {"password": "********"}}}, "https://a:1", "declare"
    )
    hosts, _groups = exported({"vault_astera_cluster_mail_password": "x"})
    mail = hosts["a"]["astera_cluster"]["settings"]["mail"]
    assert mail == {"password": "x", "text": "{{ vault_astera_cluster_mail_password }}"}
