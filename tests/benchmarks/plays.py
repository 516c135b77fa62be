# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plays that are measured: ours, Ansible's own cheapest tasks, and what one would write by hand. YAML as data."""

from __future__ import annotations

from typing import Any

Play = list[dict[str, Any]]
LOGIN = {
    "url": "{{ bench.url }}",
    "username": "{{ bench.username }}",
    "password": "{{ bench.password }}",
    "ca_path": "{{ bench.ca_path }}",
}
DAILY = {
    "typeName": "Astera.Core.DailySchedule",
    "dailyScheduleBase": {
        "typeName": "Astera.Core.DailyScheduleEveryDay",
        "startTime": "2026-12-01T04:30:00+01:00",
    },
}


def play(tasks: list[dict[str, Any]], hosts: str = "localhost") -> Play:
    defaults = {"group/astera.data_stack.astera": LOGIN}
    return [{"hosts": hosts, "gather_facts": False, "module_defaults": defaults, "tasks": tasks}]


def deployments(count: int, comment: str = "as declared") -> list[dict[str, Any]]:
    return [{"name": f"D{number}", "archive_server_path": "C:\\a.Car", "comment": comment} for number in range(count)]


def schedules(count: int) -> list[dict[str, Any]]:
    start = {"start_time": "2026-12-01T04:30:00+01:00"}
    return [{"name": f"S{number}", "deployment": f"D{number}", "daily": start} for number in range(count)]


def loops(count: int) -> Play:
    """A task for deployments and one for schedules, each with a loop."""
    item = {key: f"{{{{ item.{key} }}}}" for key in ("name", "archive_server_path", "comment")}
    timed = {key: f"{{{{ item.{key} }}}}" for key in ("name", "deployment", "daily")}
    label = {"label": "{{ item.name }}"}
    return play(
        [
            {"astera.data_stack.astera_deployment": item, "loop": deployments(count), "loop_control": label},
            {"astera.data_stack.astera_schedule": timed, "loop": schedules(count), "loop_control": label},
        ]
    )


def document(count: int, **options: Any) -> Play:
    content = {"deployments": deployments(count), "schedules": schedules(count), **options}
    return play([{"astera.data_stack.astera_server": content}])


def carrying(count: int) -> Play:
    """What Ansible itself takes to carry such a document to a task that does nothing with it."""
    content = {"deployments": deployments(count), "schedules": schedules(count)}
    return play([{"ansible.builtin.debug": {"msg": content}, "no_log": True}])


def debug_loop(count: int) -> Play:
    label = {"label": "{{ item.name }}"}
    task = {"ansible.builtin.debug": {"msg": "{{ item.name }}"}, "loop": deployments(count), "loop_control": label}
    return play([task, {**task, "loop": schedules(count)}])


def debug_same(count: int) -> Play:
    """``debug``, given the very templates that an item of ``loops`` is given."""
    arguments = {key: f"{{{{ item.{key} }}}}" for key in ("name", "archive_server_path", "comment")}
    label = {"label": "{{ item.name }}"}
    task = {"ansible.builtin.debug": {"msg": {**LOGIN, **arguments}}, "loop": deployments(count), "loop_control": label}
    return play([task, task])


def ping_loop(count: int) -> Play:
    return play([{"ansible.builtin.ping": {}, "loop": list(range(count))}])


def _uri(method: str, path: str, **more: Any) -> dict[str, Any]:
    call = {"url": "{{ bench.url }}" + path, "method": method, "ca_path": "{{ bench.ca_path }}", "return_content": True}
    return {"ansible.builtin.uri": {**call, "body_format": "json", **more}}


def _token(name: str) -> dict[str, str]:
    return {"Authorization": "Bearer {{ " + name + ".json.access_token }}"}


def _by_hand_login() -> dict[str, Any]:
    body = {"User": "{{ bench.username }}", "Password": "{{ bench.password }}", "RememberMe": 0}
    return {**_uri("POST", "/api/account/login", body=body), "register": "login", "no_log": True}


def by_hand_each(count: int) -> Play:
    """Three tasks an object, as one replays calls: login, read, write if it differs."""
    tasks = []
    for item in deployments(count):
        differs = f"(found.json | selectattr('name', 'eq', '{item['name']}') | first).comment != '{item['comment']}'"
        body = {"id": 0, "name": item["name"], "comment": item["comment"]}
        tasks += [
            _by_hand_login(),
            {**_uri("GET", "/api/Deployments", headers=_token("login")), "register": "found"},
            {**_uri("POST", "/api/Deployment", headers=_token("login"), body=body), "when": differs},
        ]
    return play(tasks)


def by_hand_best(count: int, create: bool = False) -> Play:
    """The best play there is without modules: one login, one list of each kind, and conditional writes in a loop."""
    tasks = [_by_hand_login()]
    bodies = {
        "Deployment": {"clusterArchiveFilePath": "C:\\a.Car", "comment": "{{ item.comment }}"},
        "Schedule": {"isFile": True, "filePathResolved": {"path": "C:\\a.Df"}, "schedule": DAILY},
    }
    for kind, items in (("Deployment", deployments(count)), ("Schedule", schedules(count))):
        known = f"have_{kind.lower()}"
        tasks += [
            {**_uri("GET", f"/api/{kind}s", headers=_token("login")), "register": known},
            {"ansible.builtin.set_fact": {known + "_names": "{{ " + known + ".json | map(attribute='name') | list }}"}},
            {
                **_uri(
                    "POST",
                    f"/api/{kind}",
                    headers=_token("login"),
                    body={"id": 0, "name": "{{ item.name }}", **bodies[kind]},
                ),
                "loop": items,
                "loop_control": {"label": "{{ item.name }}"},
                "when": f"item.name not in {known}_names",
            },
        ]
    return play(tasks)
