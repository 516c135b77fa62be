#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_server
short_description: Manage a whole Astera Integration Server in one task
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Does the work of the modules M(astera.data_stack.astera_server_config), M(astera.data_stack.astera_license),
    M(astera.data_stack.astera_cluster), M(astera.data_stack.astera_deployment) and M(astera.data_stack.astera_schedule), in this order
    and with the same options, for any number of objects. Each part is optional.
  - Logs in once, reads each kind of object once, creates one plan, and writes only the differences.
  - If an object cannot be planned, the module writes nothing. If a write fails, RV(plan) shows which objects were written and which
    were not, and another run continues from there.
options:
  server_config:
    description: Configuration of the server, as in M(astera.data_stack.astera_server_config).
    type: dict
  license:
    description: The license, as in M(astera.data_stack.astera_license).
    type: dict
  cluster:
    description: Settings of the cluster, as in M(astera.data_stack.astera_cluster).
    type: dict
  deployments:
    description: Deployments, each as in M(astera.data_stack.astera_deployment).
    type: list
    elements: dict
  schedules:
    description:
      - Schedules, each as in M(astera.data_stack.astera_schedule).
      - A schedule can refer to a deployment in O(deployments) that does not exist yet.
    type: list
    elements: dict
  parallel_writes:
    description: Number of objects of one kind that are written at the same time, from 1 to 16.
    type: int
    default: 4
  continue_on_error:
    description:
      - Whether to continue with the other objects after one failed.
      - The task fails at its end in any case.
    type: bool
    default: false
  unmanaged_deployments:
    description: What to do about deployments that are not declared. V(report) lists them in RV(unmanaged) if any deployments are declared.
    type: str
    choices: [ignore, report]
    default: ignore
  unmanaged_schedules:
    description:
      - What to do about schedules that are not declared. V(report) lists them in RV(unmanaged).
      - V(deactivate) also deactivates them. No published API endpoint deletes them.
    type: str
    choices: [ignore, report, deactivate]
    default: ignore
  parts:
    description:
      - Which of the declared parts to configure. By default, all of them.
      - The module only validates the other parts, before the first request. With an empty list, it neither reads nor writes anything.
    type: list
    elements: str
    choices: [server_config, license, cluster, deployments, schedules]
  wait_timeout:
    description:
      - Maximum time in seconds to wait for the API, before any other request. V(0) checks the API once.
      - By default, the module does not wait.
    type: int
  cluster_id:
    description:
      - Identifies the repository that this server shares with other servers of the play. Of the servers with the same value, the first
        available one writes O(cluster), O(deployments) and O(schedules), once for each task of a play. The other servers wait for it, send
        no request, and return RV(written_by). If the first server fails, the next one does the work.
      - O(server_config) and O(license) belong to each server.
      - Asynchronous tasks are not coordinated.
    type: str
  license_receipt_dir:
    description:
      - Directory for the receipt of the license. The name of the file depends on the address of the server.
      - It is used if O(license.receipt_path) is not set.
    type: path
  ignore_license_without_receipt:
    description: Whether to skip O(license) if it has no receipt yet, because there is nothing to compare it with.
    type: bool
    default: false
  pause:
    description:
      - Pauses all servers of the cluster while the task writes O(deployments) and O(schedules), and restores the previous settings
        afterwards, even if the task fails.
      - If no deployment changes, nothing is paused.
      - If the process is killed, the state file remains. The next task with this option restores the settings from it.
    type: dict
    suboptions:
      enabled:
        description: Whether to pause the servers.
        type: bool
        default: true
      state_path:
        description:
          - File for the previous settings, as in M(astera.data_stack.astera_pause).
          - If the path ends with a slash, it is a directory, and the module names the file after O(cluster_id) or the address of the server.
        type: path
        required: true
      window:
        description: Name of the window, as in M(astera.data_stack.astera_pause).
        type: str
        default: deployment
      owner:
        description: Owner of the window, as in M(astera.data_stack.astera_pause).
        type: str
      force:
        description: Whether to take over a state file that another run left.
        type: bool
        default: false
  snapshot:
    description: Whether to return RV(snapshot), the state of the server when the plan was created. The module reads all kinds of objects for it.
    type: bool
    default: false
  pause_between_reads:
    description:
      - Number of seconds, from 0 to 60, after which the module reads all objects a second time. C(volatile) in RV(snapshot) then lists the
        members with different values, because the server changes them by itself.
      - By default, the module reads each kind of object once.
      - Requires O(snapshot=true).
    type: int
extends_documentation_fragment:
  - astera.data_stack.parts
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  idempotent:
    support: partial
    details: The license needs O(license.receipt_path) or O(license_receipt_dir). Without it, each run sends the license and reports a change.
seealso:
  - module: astera.data_stack.astera_deployment
  - module: astera.data_stack.astera_schedule
"""

EXAMPLES = r"""
- name: Manage whole servers
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Configure a server from one document
      astera.data_stack.astera_server:
        server_config:
          server_profile: DEFAULT
        cluster:
          staging_directory: C:\Astera\Staging
          deployment_directory: C:\Astera\Deployment
        deployments:
          - name: Sales
            archive: files/sales.car
          - name: Stock
            archive: files/stock.car
        schedules:
          - name: Sales every morning
            deployment: Sales
            daily:
              start_time: "2026-12-01T04:30:00+01:00"
        unmanaged_schedules: report

    - name: Configure deployments and schedules from the variables of the bootstrap role
      astera.data_stack.astera_server:
        deployments: "{{ astera_deployments }}"
        schedules: "{{ astera_schedules }}"
"""

RETURN = r"""
plan:
  description: One entry for each object of the document, in the order of the document.
  returned: when the options are valid
  type: list
  elements: dict
  contains:
    kind:
      description: V(server_config), V(license), V(cluster), V(deployment) or V(schedule).
      type: str
      returned: always
      sample: schedule
    name:
      description: The declared name. For a kind with only one object, the kind.
      type: str
      returned: always
      sample: Sales every morning
    action:
      description: V(none), V(create), V(update), V(rename), V(register), V(activate) or V(deactivate).
      type: str
      returned: always
      sample: update
    changed:
      description: Whether the task wrote the object. In check mode, whether it would write the object.
      type: bool
      returned: always
      sample: true
    fields:
      description: The differences, each with its path and the values before and after.
      type: list
      elements: dict
      returned: always
      sample:
        - path: is_active
          before: false
          after: true
    outcome:
      description:
        - V(committed), V(not_committed) or V(unknown). Null if there was nothing to write, or the write was not attempted.
      type: str
      returned: always
      sample: committed
    error:
      description: The failure of this object, in the form of RV(error) and with its C(msg). Null if the object did not fail.
      type: dict
      returned: always
      sample: null
    next_runs:
      description: The next three runs, as in RV(astera.data_stack.astera_schedule#module:schedule.next_runs).
      returned: when the object is a schedule that could be planned
      type: list
      elements: dict
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    next_runs_note:
      description: What is assumed about the next runs, or why there are none.
      type: str
      returned: when the object is a schedule that could be planned
      sample: the schedule is not active
written_by:
  description: The inventory host that wrote the shared objects of the cluster in this run. This server planned nothing.
  returned: when O(cluster_id) is set and another server did the work of this task
  type: str
  sample: astera01.example.com
window_opened:
  description: Whether the task paused all servers of the cluster. In check mode, whether it would pause them.
  returned: when O(pause) is set and a deployment changes
  type: bool
  sample: true
stale_window:
  description: The owner, the time and the window of a state file that another run left.
  returned: when the task found such a state file
  type: dict
  sample: {owner: jane@controller, since: "2026-11-24T22:00:00Z", window: deployment}
unmanaged:
  description: The names of deployments and schedules that are on the server and not declared.
  returned: when O(unmanaged_deployments) or O(unmanaged_schedules) is not V(ignore)
  type: dict
  sample:
    schedules: [Old nightly load]
server:
  description: The C(server) that M(astera.data_stack.astera_server_info) returns with C(raw=true).
  returned: when O(wait_timeout) is set and the server allows the request
  type: dict
  sample:
    version: "10.4"
snapshot:
  description:
    - The C(server_config), the C(cluster), the C(deployments) and the C(schedules), with the keys of the API. Secrets are C(********), and
      lists are sorted by name.
    - C(unread) has an entry for each part that could not be read and is therefore missing, in the form of RV(error) and with its C(msg).
    - With O(pause_between_reads), C(volatile) lists for each part the paths of the members that the server changes by itself, such as
      C(activity.lastHeartbeat). C([]) stands for each item of a list. Members that have an option are never listed.
  returned: when O(snapshot=true) and the options are valid
  type: dict
  sample:
    cluster: {id: 1, name: PRODUCTION, pauseAllServers: false}
    unread: {}
uploads:
  description: The files that the task uploaded, as in M(astera.data_stack.astera_deployment).
  returned: when the options are valid
  type: list
  elements: dict
  sample: []
url:
  description: Address of the server after the task. It differs from O(url) if the task changed the port.
  returned: when the options are valid
  type: str
  sample: https://astera.example.com:9261
conflicts:
  description:
    - Values that another client changed while the task ran, and that the task overwrote.
    - See RV(astera.data_stack.astera_deployment#module:conflicts). C(kind) and C(name) are those of the object in RV(plan).
  returned: when the task overwrote a value of another client
  type: list
  elements: dict
  sample:
    - kind: deployment
      name: Sales
      field: comment
      before: Nightly load
      theirs: Nightly load, owned by finance
error:
  description: Details of the failure, for conditions in a playbook. See RV(astera.data_stack.astera_server_info#module:error).
  returned: on failure
  type: dict
  sample:
    code: permission
    method: POST
    path: /api/Deployment
    status: 403
    detail: The user does not have the right to access this resource.
    outcome: not_committed
"""

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import Server
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Server)


if __name__ == "__main__":
    main()
