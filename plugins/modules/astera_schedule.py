#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_schedule
short_description: Manage a schedule on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Creates or updates a schedule, which determines when and how the server runs a deployment or a file.
  - Manages only the options that you set. The server keeps all other settings.
  - No published API endpoint deletes a schedule. To stop a schedule, set O(is_active=false).
options:
  name:
    description: Name of the schedule. If several schedules have this name, the task fails unless O(id) selects one of them.
    type: str
    required: true
  new_name:
    description: New name of the schedule. If the schedule already has the new name, the module does not rename it again.
    type: str
  id:
    description:
      - ID of the schedule, to select one of several schedules with the same name.
      - The schedule must have the name O(name) or O(new_name).
    type: int
  deployment:
    description:
      - Name of the deployment to run.
      - In check mode, the deployment does not need to exist. The module then warns.
      - One of O(deployment), O(deployment_id) and O(file_path) is required when the task creates the schedule.
      - Mutually exclusive with O(deployment_id) and O(file_path).
    type: str
  deployment_id:
    description:
      - ID of the deployment to run.
      - Mutually exclusive with O(deployment) and O(file_path).
    type: int
  file_path:
    description:
      - Path on the server of the dataflow (C(.df)) or workflow (C(.wf)) to run.
      - Sets C(filePathResolved.path). A server that also returns an unresolved C(filePath) might run that file instead. The module warns
        in this case, unless you set C(filePath) in O(settings).
      - Mutually exclusive with O(deployment) and O(deployment_id).
    type: str
  start_item:
    description: Path of the item of the archive to start with, such as C(C:\Flows\Load.Df).
    type: str
  daily:
    description:
      - Run once a day.
      - One of O(daily) and O(schedule) is required when the task creates the schedule.
      - Mutually exclusive with O(schedule).
    type: dict
    suboptions:
      start_time:
        description:
          - Time of the first run, which is also the time of day of all later runs. ISO 8601 with an offset from UTC, such as
            V(2026-12-01T04:30:00+01:00).
          - Times are compared as instants. The same instant with another offset is no change.
        type: str
        required: true
  schedule:
    description:
      - The schedule object of the API, for all other kinds of schedules. The vendor publishes only the daily kind.
      - Create such a schedule in the Astera client, and copy the C(schedule) that C(GET /api/Schedules) returns.
      - It must contain C(typeName).
      - Remove members that the server changes by itself, such as the time of the next run. The server does not accept them, and the task
        fails with an error that names them.
      - Mutually exclusive with O(daily).
    type: dict
  is_active:
    description: Whether the schedule is active. If you do not set it, a new schedule is active.
    type: bool
  trace_level:
    description: With V(Job), the Job Monitor shows the runs. Other values are not published.
    type: str
  skip_if_running:
    description: Whether the server skips a run while the previous one is queued or running.
    type: bool
  use_pushdown_optimization:
    description: Whether the job runs in pushdown mode.
    type: bool
  settings:
    description:
      - Other keys of the object, in the spelling of the API.
      - A dict is merged into the value on the server. A list replaces the value on the server.
      - A secret that the server masks or withholds cannot be compared. It is sent with other changes, and when the object is created.
    type: dict
  on_conflict:
    description:
      - What to do if another client changes a declared value while the task runs.
      - V(overwrite) writes the declared value and returns RV(conflicts). V(fail) keeps the value of the other client and fails.
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
- name: Manage schedules
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Schedule a deployment for every morning
      astera.data_stack.astera_schedule:
        name: Sales every morning
        deployment: Sales
        start_item: C:\Flows\LoadSales.Df
        daily:
          start_time: "2026-12-01T04:30:00+01:00"
        skip_if_running: true

    - name: Deactivate the schedule during a migration
      astera.data_stack.astera_schedule:
        name: Sales every morning
        is_active: false

    - name: Schedule a workflow file with a schedule object of the API
      astera.data_stack.astera_schedule:
        name: Clean up
        file_path: C:\Flows\CleanUp.Wf
        schedule:
          typeName: Astera.Core.DailySchedule
          dailyScheduleBase:
            typeName: Astera.Core.DailyScheduleEveryDay
            startTime: "2026-12-01T22:00:00+01:00"
"""

RETURN = r"""
schedule:
  description:
    - The schedule after the task. In check mode, the predicted schedule. Its C(id) is null if it is new.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  contains:
    next_runs:
      description:
        - The next three runs of a daily schedule. C(server) has the offset that the server stores, C(local) the time zone of the
          environment variable E(TZ) or of the process that runs the task, and C(utc) is in UTC. In check mode, the predicted runs.
        - Empty if the schedule is not active. Null if the kind of the schedule is not published.
        - That a daily schedule runs every 24 hours is assumed. Whether a server observes daylight saving time is not published.
      type: list
      elements: dict
      returned: always
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    next_runs_note:
      description: What is assumed about the next runs, or why there are none.
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
  description: Values that another client changed while the task ran. The task overwrote them, unless it failed with the code V(conflict).
  returned: when another client changed a value that the task sets
  type: list
  elements: dict
  contains:
    field:
      description: The option.
      type: str
      returned: always
      sample: is_active
    before:
      description: The value at the start of the task.
      type: raw
      returned: always
      sample: false
    theirs:
      description: The value of the other client.
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import Schedule
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Schedule)


if __name__ == "__main__":
    main()
