#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_schedule_info
short_description: Get information about the schedules of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/Schedules), and returns all schedules or some of them, sorted by name.
  - For a daily schedule, returns the next three runs with the offset that the server stores and in your time zone, so that you can find
    a wrong time zone before it matters.
  - Your time zone is that of the environment variable E(TZ), which the C(environment) of a task can set, or else that of the process that
    runs the task.
  - To use a kind of schedule that has no option, create one in the Astera client, read it with O(raw=true), and pass its C(schedule) to
    M(astera.data_stack.astera_schedule).
options:
  name:
    description:
      - Return only the schedules with this name. If there are none, the list is empty and the task does not fail.
      - Whether the server distinguishes V(ETL) from V(etl) is not published. The module returns all schedules whose names differ only
        in case.
    type: str
  id:
    description:
      - Return only the schedule with this ID.
    type: int
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
  - astera.data_stack.info
seealso:
  - module: astera.data_stack.astera_schedule
"""

EXAMPLES = r"""
- name: Read and copy schedules
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Get information about all schedules
      astera.data_stack.astera_schedule_info:
      environment:
        TZ: Europe/Berlin
      register: schedule_info

    - name: Show the next runs in the time zone of Berlin
      ansible.builtin.debug:
        msg: "{{ item.name }}: {{ (item.next_runs or []) | map(attribute='local') | join(', ') or item.next_runs_note }}"
      loop: "{{ schedule_info.schedules }}"
      loop_control:
        label: "{{ item.name }}"

    - name: Read a schedule that was created in the Astera client
      astera.data_stack.astera_schedule_info:
        name: Created in the client
        raw: true
      register: client_schedule

    - name: Create another schedule that runs at the same times
      astera.data_stack.astera_schedule:
        name: Clean up
        file_path: C:\Flows\CleanUp.Wf
        schedule: "{{ client_schedule.schedules[0].schedule }}"
"""

RETURN = r"""
schedules:
  description: The schedules without secrets. The keys are in snake case unless O(raw=true).
  returned: success
  type: list
  elements: dict
  contains:
    next_runs:
      description: The next three runs, as in RV(astera.data_stack.astera_schedule#module:schedule.next_runs).
      returned: when O(raw=false)
      type: list
      elements: dict
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    next_runs_note:
      description: What is assumed about the next runs, or why there are none.
      type: str
      returned: when O(raw=false)
      sample: the schedule is not active
  sample:
    - id: 7
      name: Sales every morning
      is_active: true
      deployment_id: 4
      schedule:
        type_name: Astera.Core.DailySchedule
        daily_schedule_base:
          type_name: Astera.Core.DailyScheduleEveryDay
          start_time: "2026-12-01T04:30:00+01:00"
error:
  description: Details of the failure, for conditions in a playbook. See RV(astera.data_stack.astera_server_info#module:error).
  returned: on failure
  type: dict
  sample:
    code: permission
    method: GET
    path: /api/Schedules
    status: 403
    detail: The user does not have the right to access this resource.
    outcome: not_committed
"""

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import ScheduleInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(ScheduleInfo)


if __name__ == "__main__":
    main()
