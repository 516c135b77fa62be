#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_schedule_info
short_description: List the schedules of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/Schedules), and returns all of them or some, sorted by name.
  - Of a schedule that runs every day it says the next three runs, in the offset that the server keeps and in the time zone of whoever asks, so
    that a wrong time zone is seen before it bites.
  - The time zone of whoever asks is that of the environment variable E(TZ), which a task's C(environment) can set, or else that of the
    process that runs the task.
  - A schedule of a kind that has no option of its own is made once in the Astera client, read with O(raw=true), and its C(schedule) is then
    given to M(astera.data_stack.astera_schedule) as it is.
options:
  name:
    description:
      - Return only the schedules of this name. None is an empty list, not a failure.
      - Whether the server tells V(ETL) from V(etl) is not published, so that names which differ in that way only are all returned.
    type: str
  id:
    description:
      - Return only the schedule with this id.
    type: int
  raw:
    description:
      - Whether to return the keys as the API spells them, instead of in snake case. Secrets are left out either way.
    type: bool
    default: false
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_schedule
"""

EXAMPLES = r"""
- name: When the jobs run next, for somebody in Berlin
  astera.data_stack.astera_schedule_info:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
  delegate_to: localhost
  environment:
    TZ: Europe/Berlin
  register: current

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ (item.next_runs or []) | map(attribute='local') | join(', ') or item.next_runs_note }}"
  loop: "{{ current.schedules }}"
  loop_control:
    label: "{{ item.name }}"

- name: A schedule that was made in the client
  astera.data_stack.astera_schedule_info:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    name: Made in the client
    raw: true
  delegate_to: localhost
  register: made

- name: Another one that runs at the same times
  astera.data_stack.astera_schedule:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    name: Clean up
    file_path: C:\Flows\CleanUp.Wf
    schedule: "{{ made.schedules[0].schedule }}"
  delegate_to: localhost
"""

RETURN = r"""
schedules:
  description: The schedules as the server has them, secrets left out, with the keys in snake case unless O(raw=true).
  returned: success
  type: list
  elements: dict
  contains:
    # generated: {returned: next_runs, of: astera_schedule, when: O(raw=false)}
    next_runs:
      description:
        - The next three runs of a schedule that runs every day, each in the offset that the server keeps (C(server)), in the time zone of
          whoever asks (C(local), by E(TZ) or the process), and in UTC (C(utc)). In check mode the predicted ones. Empty for one
          that is not active, null for a kind of which nothing is published.
        - That it runs every 24 hours is assumed, for whether a server follows daylight saving time is not published.
      type: list
      elements: dict
      returned: O(raw=false)
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    # end generated
    # generated: {returned: next_runs_note, of: astera_schedule, when: O(raw=false)}
    next_runs_note:
      description: What is assumed of the next runs, or why there are none.
      type: str
      returned: O(raw=false)
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import (
    SCHEDULE_INFO,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(SCHEDULE_INFO)


if __name__ == "__main__":
    main()
