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
    suboptions:
      # generated: {options: astera_server_config, below: server_config}
      server_profile:
        description:
          - Name of the server profile, which holds the maximum number of jobs and other administrative settings.
          - The profile must exist already.
        type: str
      port:
        description:
          - Port on which the API of the server listens. After a change, the module continues at the new port and returns RV(url).
          - Whether the server changes the port at once or with the next restart of its service is not published. The module supports
            both cases, and warns if the server still listens on the old port.
        type: int
      repository:
        description: Connection to the repository database.
        type: dict
        suboptions:
          data_provider:
            description: Type of the database.
            type: str
            choices: [SqlServer, PostgreSQL]
          server:
            description: Host name of the database server, as the Astera server resolves it.
            type: str
          port:
            description: Port of the database server, usually 1433 for SQL Server and 5432 for PostgreSQL.
            type: int
          database:
            description: Name of the database.
            type: str
          schema:
            description: Schema of the database. An empty string is the default of the database, which is V(dbo) with SQL Server.
            type: str
          service_name:
            description: Service name of the database. In the example of the vendor, it equals O(server_config.repository.database).
            type: str
          protocol:
            description: Protocol of the connection, V(http) in the example of the vendor. Omit it to keep what the server has.
            type: str
          authentication_type:
            description:
              - Method to log in to the database. V(SqlServerAuth) is the published value.
              - For Windows authentication, read the value from a server that was configured in the Astera client.
            type: str
          user:
            description: User to log in to the database as.
            type: str
          password:
            description:
              - Password of O(server_config.repository.user).
              - It is never compared, because the server might not return it. See O(server_config.update_password).
            type: str
          connection_timeout:
            description: Timeout in seconds for connecting to the database.
            type: int
          command_timeout:
            description: Timeout in seconds for a command in the database.
            type: int
      config_parameters:
        description: Parameters that the vendor recommends to leave at their defaults.
        type: dict
        suboptions:
          instrumentation_on:
            description: Whether the server logs details for the diagnosis of a problem. This slows it down.
            type: bool
          purge_chunk_size:
            description: Number of records of old jobs and events that the server deletes at once.
            type: int
          purge_command_timeout_seconds:
            description: Timeout in seconds for a purge command in the database.
            type: int
          purge_window_start_hour:
            description: Hour of the day, from 0 to 23, from which the server can purge.
            type: int
          purge_window_end_hour:
            description: Hour of the day, from 0 to 24, at which the purge ends.
            type: int
      update_password:
        description:
          - With V(on_change), the module sends O(server_config.repository.password) together with any other change. The password alone is no change.
          - With V(always), the module writes O(server_config.repository.password) in each run, and the task reports a change each time.
        type: str
        choices: [on_change, always]
        default: on_change
      wait:
        description:
          - Whether to wait, after a change, until a new login succeeds and the new configuration can be read.
          - Whether the server restarts after a change is not published. The module supports both cases.
        type: bool
        default: true
      wait_timeout:
        description: Maximum time in seconds to wait.
        type: int
        default: 300
      # end generated
  license:
    description: The license, as in M(astera.data_stack.astera_license).
    type: dict
    suboptions:
      # generated: {options: astera_license, below: license}
      user:
        description: Name to register the license with.
        type: str
        required: true
      organization:
        description: Organization to register the license with.
        type: str
        required: true
      key:
        description: License key from Astera.
        type: str
        required: true
      activate:
        description: Whether to activate the license after it is registered.
        type: bool
        default: true
      force:
        description:
          - Whether to send the key and the activation even if the receipt records that the server accepted them before, and to replace the
            receipt of another server.
        type: bool
        default: false
      receipt_path:
        description:
          - File in which the module records, as a salted fingerprint, which license the server accepted and whether it was activated.
            The file contains neither the key nor anything from which the key could be recovered cheaply.
          - If the path ends with C(/), it is a directory, and the module names the file after the address of the server.
          - The module writes the file with mode 0600, and creates missing directories with mode 0700, on the host where the task runs.
            Unless O(license.force=true), it refuses the receipt of another server and a file that is not a receipt.
          - If the server accepted a key and did not activate it, the next run only activates it.
        type: path
      # end generated
  cluster:
    description: Settings of the cluster, as in M(astera.data_stack.astera_cluster).
    type: dict
    suboptions:
      # generated: {options: astera_cluster, below: cluster}
      name:
        description: Name of the cluster.
        type: str
      send_error_info_to_astera:
        description: Whether the servers send anonymous usage and error data to Astera.
        type: bool
      purge_job_info_after:
        description: Number of days after which information about a job is deleted.
        type: int
      purge_event_info_after:
        description: Number of days after which information about a server event is deleted.
        type: int
      staging_directory:
        description: Directory on the server for files that belong to a deployment.
        type: str
      deployment_directory:
        description: Directory on the server for the archives and the configuration files of deployments.
        type: str
      pause_all_servers:
        description: Whether all servers of the cluster are paused.
        type: bool
      pause_servers_from:
        description:
          - Time at which the pause begins. It has an effect only with O(cluster.pause_all_servers=true).
          - The format is not published. The module sends the string as it is.
        type: str
      pause_servers_to:
        description: Time at which the pause ends. See O(cluster.pause_servers_from).
        type: str
      client_and_servers_share_the_same_file_system:
        description: Whether the Astera clients and the servers reach the same files under the same paths.
        type: bool
      settings:
        description:
          - Other keys of the object, in the spelling of the API.
          - A dict is merged into the value on the server. A list replaces the value on the server.
          - A secret that the server masks or withholds cannot be compared. It is sent with other changes, and when the object is created.
        type: dict
      # end generated
  deployments:
    description: Deployments, each as in M(astera.data_stack.astera_deployment).
    type: list
    elements: dict
    suboptions:
      # generated: {options: astera_deployment, below: "deployments[]"}
      name:
        description: Name of the deployment.
        type: str
        required: true
      new_name:
        description: New name of the deployment. If the deployment already has the new name, the module does not rename it again.
        type: str
      archive:
        description:
          - Path of the project archive (C(.car)) to deploy, on the host where the task runs.
          - A relative path is relative to the current directory of the task, which is that of C(ansible-playbook) on the control node.
          - One of O(deployments[].archive) and O(deployments[].archive_server_path) is required when the task creates the deployment.
          - Mutually exclusive with O(deployments[].archive_server_path).
        type: path
      archive_server_path:
        description:
          - Path of a project archive that is already on the server.
          - Mutually exclusive with O(deployments[].archive).
        type: str
      config:
        description:
          - Path of the configuration file (C(.cfg)) to deploy, on the host where the task runs.
          - Mutually exclusive with O(deployments[].config_content) and O(deployments[].config_server_path).
        type: path
      config_content:
        description:
          - Content of the configuration file, for example from a template. It can contain passwords, and is never shown.
          - Mutually exclusive with O(deployments[].config) and O(deployments[].config_server_path).
        type: str
      config_server_path:
        description:
          - Path of a configuration file that is already on the server.
          - An empty string removes the configuration file from the deployment.
          - Mutually exclusive with O(deployments[].config) and O(deployments[].config_content).
        type: str
      encrypt_files:
        description: Whether the server encrypts the configuration file. If you do not set it, a new deployment has V(true).
        type: bool
      comment:
        description: Description of the deployment. An empty string removes it.
        type: str
      is_active:
        description:
          - Whether the deployment is active.
          - The key of the API for this option is not published. C(isActive) is assumed, as in schedules, and is sent only if you set this
            option.
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
      # end generated
  schedules:
    description:
      - Schedules, each as in M(astera.data_stack.astera_schedule).
      - A schedule can refer to a deployment in O(deployments) that does not exist yet.
    type: list
    elements: dict
    suboptions:
      # generated: {options: astera_schedule, below: "schedules[]"}
      name:
        description: Name of the schedule. If several schedules have this name, the task fails unless O(schedules[].id) selects one of them.
        type: str
        required: true
      new_name:
        description: New name of the schedule. If the schedule already has the new name, the module does not rename it again.
        type: str
      id:
        description:
          - ID of the schedule, to select one of several schedules with the same name.
          - The schedule must have the name O(schedules[].name) or O(schedules[].new_name).
        type: int
      deployment:
        description:
          - Name of the deployment to run.
          - In check mode, the deployment does not need to exist. The module then warns.
          - One of O(schedules[].deployment), O(schedules[].deployment_id) and O(schedules[].file_path) is required when the task creates the schedule.
          - Mutually exclusive with O(schedules[].deployment_id) and O(schedules[].file_path).
        type: str
      deployment_id:
        description:
          - ID of the deployment to run.
          - Mutually exclusive with O(schedules[].deployment) and O(schedules[].file_path).
        type: int
      file_path:
        description:
          - Path on the server of the dataflow (C(.df)) or workflow (C(.wf)) to run.
          - Sets C(filePathResolved.path). A server that also returns an unresolved C(filePath) might run that file instead. The module warns
            in this case, unless you set C(filePath) in O(schedules[].settings).
          - Mutually exclusive with O(schedules[].deployment) and O(schedules[].deployment_id).
        type: str
      start_item:
        description: Path of the item of the archive to start with, such as C(C:\Flows\Load.Df).
        type: str
      daily:
        description:
          - Run once a day.
          - One of O(schedules[].daily) and O(schedules[].schedule) is required when the task creates the schedule.
          - Mutually exclusive with O(schedules[].schedule).
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
          - Mutually exclusive with O(schedules[].daily).
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
      # end generated
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
    # generated: {returned: next_runs, of: astera_schedule, when: when the object is a schedule that could be planned}
    next_runs:
      description:
        - The next three runs of a daily schedule. C(server) has the offset that the server stores, C(local) the time zone of the
          environment variable E(TZ) or of the process that runs the task, and C(utc) is in UTC. In check mode, the predicted runs.
        - Empty if the schedule is not active. Null if the kind of the schedule is not published.
        - That a daily schedule runs every 24 hours is assumed. Whether a server observes daylight saving time is not published.
      type: list
      elements: dict
      returned: when the object is a schedule that could be planned
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    # end generated
    # generated: {returned: next_runs_note, of: astera_schedule, when: when the object is a schedule that could be planned}
    next_runs_note:
      description: What is assumed about the next runs, or why there are none.
      type: str
      returned: when the object is a schedule that could be planned
      sample: the schedule is not active
    # end generated
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
  description: Values that another client changed while the task ran. The task overwrote them, unless it failed with the code V(conflict).
  returned: when another client changed a value that the task sets
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of the object.
      type: str
      returned: always
      sample: deployment
    name:
      description: The declared name.
      type: str
      returned: always
      sample: Sales
    field:
      description: The option.
      type: str
      returned: always
      sample: comment
    before:
      description: The value at the start of the task.
      type: raw
      returned: always
      sample: Nightly load
    theirs:
      description: The value of the other client.
      type: raw
      returned: always
      sample: Nightly load, owned by finance
# generated: {returned: error, of: astera_server_info, sample: {method: POST, path: /api/Deployment}}
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
      sample: /api/Deployment
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import Server
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Server)


if __name__ == "__main__":
    main()
