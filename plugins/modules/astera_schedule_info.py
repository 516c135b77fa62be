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
    # generated: {returned: next_runs, of: astera_schedule, when: when O(raw=false)}
    next_runs:
      description:
        - The next three runs of a daily schedule. C(server) has the offset that the server stores, C(local) the time zone of the
          environment variable E(TZ) or of the process that runs the task, and C(utc) is in UTC. In check mode, the predicted runs.
        - Empty if the schedule is not active. Null if the kind of the schedule is not published.
        - That a daily schedule runs every 24 hours is assumed. Whether a server observes daylight saving time is not published.
      type: list
      elements: dict
      returned: when O(raw=false)
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    # end generated
    # generated: {returned: next_runs_note, of: astera_schedule, when: when O(raw=false)}
    next_runs_note:
      description: What is assumed about the next runs, or why there are none.
      type: str
      returned: when O(raw=false)
      sample: the schedule is not active
    # end generated
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
# generated: {returned: error, of: astera_server_info, sample: {method: GET, path: /api/Schedules}}
error:
  description: Details of the failure, for conditions in a playbook.
  returned: on failure
  type: dict
  contains:
    code:
      description:
        - One of V(unreachable), V(tls), V(authentication), V(permission), V(conflict), V(not_found), V(ambiguous_name),
          V(rejected), V(invalid_response), V(outcome_unknown), V(timeout), V(usage).
      type: str
      returned: always
      sample: permission
    method:
      description: The method of the request that failed. Null if no request failed.
      type: str
      returned: always
      sample: GET
    path:
      description: The path of that request.
      type: str
      returned: always
      sample: /api/Schedules
    status:
      description: The HTTP status of the response. Null if there was none.
      type: int
      returned: always
      sample: 403
    detail:
      description: The message of the server without secrets, at most 500 characters.
      type: str
      returned: always
      sample: The user does not have the right to access this resource.
    outcome:
      description: Whether the server applied the write.
      type: str
      returned: always
      choices: [not_committed, committed, unknown]
      sample: not_committed
# end generated
"""

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import ScheduleInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(ScheduleInfo)


if __name__ == "__main__":
    main()
