#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_schedule
short_description: Schedule a deployment or a file on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Creates or updates a schedule, which says when and how the start item of a deployment, or a file on the server, runs.
  - Only the options that are given are managed. Everything else stays as the server has it.
  - No call that deletes a schedule is published. Set O(is_active=false) to have it no longer run.
options:
  name:
    description: Name of the schedule. Two schedules of one name are an error, unless O(id) says which of them is meant.
    type: str
    required: true
  new_name:
    description: A new name for the schedule. On a server where the renaming was done before, nothing happens.
    type: str
  id:
    description: The id of the schedule, to tell schedules of one name apart. It must have the name O(name) or O(new_name).
    type: int
  deployment:
    description:
      - Name of the deployment to run.
      - In check mode it need not exist yet. That is a warning then.
      - To create a schedule, give one of O(deployment), O(deployment_id) and O(file_path).
    type: str
  deployment_id:
    description: The id of the deployment to run.
    type: int
  file_path:
    description:
      - Path on the server of a dataflow or workflow file (C(.df), C(.wf)) to run.
      - Sets C(filePathResolved.path). A server that also shows an unresolved C(filePath) might run that one. This is a warning unless
        C(filePath) is in O(settings).
    type: str
  start_item:
    description: Path of the item of the deployment's archive to start with, such as C(C:\Flows\Load.Df).
    type: str
  daily:
    description:
      - Run once a day.
      - To create a schedule, give O(daily) or O(schedule).
    type: dict
    suboptions:
      start_time:
        description:
          - When to run for the first time, and so at what time of each day. ISO 8601 with an offset from UTC, such as
            V(2026-12-01T04:30:00+01:00).
          - Times are compared as instants. The same instant at another offset is no change.
        type: str
        required: true
  schedule:
    description:
      - The API's own object, for all other kinds of schedules. The vendor publishes only the daily one.
      - Make one in the Astera client, and copy what the API's C(GET /api/Schedules) shows as C(schedule).
      - It must hold C(typeName).
      - Leave out members that the server changes by itself, such as the time of the next run. The server does not take them, so that the
        task fails with an error that names them.
    type: dict
  is_active:
    description: Whether the schedule runs. A new schedule does unless told otherwise.
    type: bool
  trace_level:
    description: With V(Job), the runs are shown in the Job Monitor. Other values are not published.
    type: str
  skip_if_running:
    description: Whether a run is skipped while the last one is queued or running.
    type: bool
  use_pushdown_optimization:
    description: Whether the job runs in pushdown mode.
    type: bool
  settings:
    description:
      - Further keys of the API's object, spelled as the API spells them.
      - A dict is merged into what the server has, and a list replaces what the server has.
    type: dict
  on_conflict:
    description:
      - What to do if another writer changes a value of ours while the task runs. V(overwrite) writes the declared value and
        returns RV(conflicts), V(fail) leaves the other value and fails.
    type: str
    choices: [overwrite, fail]
    default: overwrite
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_deployment
  - module: astera.data_stack.astera_schedule_info
"""

EXAMPLES = r"""
- name: The load of the sales data runs every morning
  astera.data_stack.astera_schedule:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    name: Sales every morning
    deployment: Sales
    start_item: C:\Flows\LoadSales.Df
    daily:
      start_time: "2026-12-01T04:30:00+01:00"
    skip_if_running: true
  delegate_to: localhost

- name: It does not run during the migration
  astera.data_stack.astera_schedule:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    name: Sales every morning
    is_active: false
  delegate_to: localhost

- name: A workflow file runs by a schedule that was copied from the server
  astera.data_stack.astera_schedule:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    name: Clean up
    file_path: C:\Flows\CleanUp.Wf
    schedule:
      typeName: Astera.Core.DailySchedule
      dailyScheduleBase:
        typeName: Astera.Core.DailyScheduleEveryDay
        startTime: "2026-12-01T22:00:00+01:00"
  delegate_to: localhost
"""

RETURN = r"""
schedule:
  description:
    - The schedule as the server has it after the task. In check mode the predicted one, with an C(id) of null if it is new.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  contains:
    next_runs:
      description:
        - The next three runs of a schedule that runs every day, each in the offset that the server keeps (C(server)), in the time zone of
          whoever asks (C(local), by E(TZ) or the process), and in UTC (C(utc)). In check mode the predicted ones. Empty for one
          that is not active, null for a kind of which nothing is published.
        - That it runs every 24 hours is assumed, for whether a server follows daylight saving time is not published.
      type: list
      elements: dict
      returned: always
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    next_runs_note:
      description: What is assumed of the next runs, or why there are none.
      type: str
      returned: always
      sample: the schedule is not active
  sample:
    id: 4
    name: Sales every morning
    is_active: true
    is_file: false
    deployment_id: 7
    archive_start_item: C:\Flows\LoadSales.Df
    schedule:
      type_name: Astera.Core.DailySchedule
      daily_schedule_base:
        type_name: Astera.Core.DailyScheduleEveryDay
        start_time: "2026-12-01T04:30:00+01:00"
# generated: {returned: conflicts, of: astera_deployment, sample: {field: is_active, before: false, theirs: true}}
conflicts:
  description: Values that another writer changed while the task ran, and that the task has overwritten.
  returned: when there were any
  type: list
  elements: dict
  contains:
    field:
      description: The option.
      type: str
      returned: always
      sample: is_active
    before:
      description: The value when the task began.
      type: raw
      returned: always
      sample: false
    theirs:
      description: The value of the other writer.
      type: raw
      returned: always
      sample: true
# end generated
# generated: {returned: error, of: astera_server_info, sample: {method: POST, path: /api/Schedule}}
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
      sample: POST
    path:
      description: The path of that request.
      type: str
      returned: always
      sample: /api/Schedule
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import (
    SCHEDULE,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(SCHEDULE)


if __name__ == "__main__":
    main()
