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
  - Does what the modules M(astera.data_stack.astera_server_config), M(astera.data_stack.astera_license),
    M(astera.data_stack.astera_cluster), M(astera.data_stack.astera_deployment) and M(astera.data_stack.astera_schedule) do, in
    this order and with the same options, for any number of objects. Each part is optional.
  - It logs in once, reads each kind of object once, makes one plan, and writes only what differs.
  - If something cannot be planned, nothing is written. If a write fails, RV(plan) says what was done and what was not, and
    another run goes on from there.
options:
  server_config:
    description: The server's configuration, as in M(astera.data_stack.astera_server_config).
    type: dict
    suboptions:
      # generated: {options: astera_server_config, below: "server_config"}
      server_profile:
        description:
          - Name of the server profile, which holds the maximum number of jobs and other administrative settings.
          - It must exist already.
        type: str
      port:
        description:
          - The port on which the server's own API listens. After a change the module goes on at the new port, and returns RV(url).
          - Whether the server moves at once or with the next restart of its service is not published. The module works in both
            cases, and warns if the server still listens on the old port.
        type: int
      repository:
        description: The connection to the repository database.
        type: dict
        suboptions:
          data_provider:
            description: The kind of database.
            type: str
            choices: [SqlServer, PostgreSQL]
          server:
            description: Host name of the database server, as seen from the Astera server.
            type: str
          port:
            description: Port of the database server, usually 1433 for SQL Server and 5432 for PostgreSQL.
            type: int
          database:
            description: Name of the database.
            type: str
          schema:
            description: Schema of the database. An empty text stands for the default of the database, V(dbo) with SQL Server.
            type: str
          service_name:
            description: Name of the database, too. In the vendor's example it equals O(server_config.repository.database).
            type: str
          protocol:
            description: Protocol of the connection. V(http) in the vendor's example; best left as the server has it.
            type: str
          authentication_type:
            description:
              - How to log in to the database. V(SqlServerAuth) is the published value.
              - For a Windows logon, read the value from a server that was set up in the Astera client.
            type: str
          user:
            description: The user to log in to the database with.
            type: str
          password:
            description:
              - The password of O(server_config.repository.user).
              - It is never compared, for the server need not show it. See O(server_config.update_password).
            type: str
          connection_timeout:
            description: Seconds that connecting to the database may take.
            type: int
          command_timeout:
            description: Seconds that a command may take in the database.
            type: int
      config_parameters:
        description: Parameters which the vendor recommends to leave at their defaults.
        type: dict
        suboptions:
          instrumentation_on:
            description: Whether the server logs more, and works more slowly, to have a problem looked into.
            type: bool
          purge_chunk_size:
            description: How many records of old jobs and events the server deletes at once.
            type: int
          purge_command_timeout_seconds:
            description: Seconds that a purge command may take in the database.
            type: int
          purge_window_start_hour:
            description: Hour of the day, from 0 to 23, at which the server may begin to purge.
            type: int
          purge_window_end_hour:
            description: Hour of the day, from 0 to 24, at which the server must have ended the purge.
            type: int
      update_password:
        description:
          - With V(on_change), O(server_config.repository.password) is sent along with any other change, and is never a change by itself.
          - With V(always), it is written each time, and the task reports a change each time.
        type: str
        choices: [on_change, always]
        default: on_change
      wait:
        description:
          - Whether to wait, after a change, until a fresh login works and the new configuration can be read back.
          - Whether the server restarts on a change is not published, so that this is provided for.
        type: bool
        default: true
      wait_timeout:
        description: Seconds to wait at most.
        type: int
        default: 300
      # end generated
  license:
    description: The licence, as in M(astera.data_stack.astera_license).
    type: dict
    suboptions:
      # generated: {options: astera_license, below: "license"}
      user:
        description: The name to register the licence with.
        type: str
        required: true
      organization:
        description: The organization to register the licence with.
        type: str
        required: true
      key:
        description: The licence key from Astera.
        type: str
        required: true
      activate:
        description: Whether to activate the licence, too.
        type: bool
        default: true
      force:
        description:
          - Whether to send the key and the activation even if the receipt says that they were accepted before, and to replace the
            receipt of another server.
        type: bool
        default: false
      receipt_path:
        description:
          - A file in which the module records, as a salted fingerprint, which license the server accepted, and whether it was
            activated. Neither the key nor anything from which it could be recovered cheaply is in it.
          - If the path ends with C(/), it is a directory, and the module names the file after the address of the server.
          - It is written with mode 0600, and missing directories are created with mode 0700, where the task runs. The receipt of
            another server, or a file that is not a receipt, is refused unless O(license.force=true).
          - A key that was accepted but not activated is only activated by the next run.
        type: path
      # end generated
  cluster:
    description: The cluster's settings, as in M(astera.data_stack.astera_cluster).
    type: dict
    suboptions:
      # generated: {options: astera_cluster, below: "cluster"}
      name:
        description: Name of the cluster.
        type: str
      send_error_info_to_astera:
        description: Whether anonymous usage and error data is sent to Astera.
        type: bool
      purge_job_info_after:
        description: Days after which the information on a job is removed.
        type: int
      purge_event_info_after:
        description: Days after which the information on a server event is removed.
        type: int
      staging_directory:
        description: Directory on the server for files which belong to a deployment.
        type: str
      deployment_directory:
        description: Directory on the server for the archives and configuration files of the deployments.
        type: str
      pause_all_servers:
        description: Whether all servers of the cluster pause.
        type: bool
      pause_servers_from:
        description:
          - When the pause begins. It counts only with O(cluster.pause_all_servers).
          - The format is not published. The text is passed on as it is.
        type: str
      pause_servers_to:
        description: When the pause ends. See O(cluster.pause_servers_from).
        type: str
      client_and_servers_share_the_same_file_system:
        description: Whether the Astera clients and the servers see the same files under the same paths.
        type: bool
      settings:
        description:
          - Further keys of the API's object, spelled as the API spells them.
          - A dict is merged into what the server has, and a list replaces what the server has.
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
        description: A new name for the deployment. On a server where the renaming was done before, nothing happens.
        type: str
      archive:
        description:
          - Path of the project archive (C(.car)) to deploy, where the task runs.
          - To create a deployment, give O(deployments[].archive) or O(deployments[].archive_server_path).
        type: path
      archive_server_path:
        description: Path of a project archive that is on the server already.
        type: str
      config:
        description: Path of the configuration file (C(.cfg)) to deploy along, where the task runs.
        type: path
      config_content:
        description: The configuration itself, for example from a template. It may hold passwords, and is never shown.
        type: str
      config_server_path:
        description:
          - Path of a configuration file that is on the server already.
          - An empty text takes the configuration away from the deployment.
        type: str
      encrypt_files:
        description: Whether the server encrypts the configuration file. A new deployment has V(true) unless told otherwise.
        type: bool
      comment:
        description: Description of the deployment. An empty text removes it.
        type: str
      is_active:
        description:
          - Whether the deployment is active.
          - The key by which the API calls this is not published. C(isActive) is assumed, as schedules have it, and is sent only if
            this option is given.
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
      # end generated
  schedules:
    description:
      - Schedules, each as in M(astera.data_stack.astera_schedule).
      - A schedule may name a deployment of O(deployments) that does not exist yet.
    type: list
    elements: dict
    suboptions:
      # generated: {options: astera_schedule, below: "schedules[]"}
      name:
        description: Name of the schedule. Two schedules of one name are an error, unless O(schedules[].id) says which of them is meant.
        type: str
        required: true
      new_name:
        description: A new name for the schedule. On a server where the renaming was done before, nothing happens.
        type: str
      id:
        description: The id of the schedule, to tell schedules of one name apart. It must have the name O(schedules[].name) or O(schedules[].new_name).
        type: int
      deployment:
        description:
          - Name of the deployment to run.
          - In check mode it need not exist yet. That is a warning then.
          - To create a schedule, give one of O(schedules[].deployment), O(schedules[].deployment_id) and O(schedules[].file_path).
        type: str
      deployment_id:
        description: The id of the deployment to run.
        type: int
      file_path:
        description:
          - Path on the server of a dataflow or workflow file (C(.df), C(.wf)) to run.
          - Sets C(filePathResolved.path). A server that also shows an unresolved C(filePath) might run that one. This is a warning unless
            C(filePath) is in O(schedules[].settings).
        type: str
      start_item:
        description: Path of the item of the deployment's archive to start with, such as C(C:\Flows\Load.Df).
        type: str
      daily:
        description:
          - Run once a day.
          - To create a schedule, give O(schedules[].daily) or O(schedules[].schedule).
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
      # end generated
  parallel_writes:
    description: How many objects of one kind are written at a time, from 1 to 16.
    type: int
    default: 4
  continue_on_error:
    description:
      - Whether to go on with the other objects after one has failed.
      - The task fails in the end all the same.
    type: bool
    default: false
  unmanaged_deployments:
    description: What to do about deployments that are not declared. V(report) lists them in RV(unmanaged), if any are declared at all.
    type: str
    choices:
      - ignore
      - report
    default: ignore
  unmanaged_schedules:
    description:
      - What to do about schedules that are not declared. V(report) lists them in RV(unmanaged).
      - V(deactivate) switches them off, too. There is no published call that deletes them.
    type: str
    choices:
      - ignore
      - report
      - deactivate
    default: ignore
  parts:
    description:
      - Which of the declared parts to configure. By default all of them.
      - The other parts are only validated, before the first request. With an empty list, nothing is read or written.
    type: list
    elements: str
    choices: [server_config, license, cluster, deployments, schedules]
  wait_timeout:
    description:
      - Seconds to wait until the API answers, before anything else is requested. V(0) asks once.
      - By default the task does not ask whether the API answers.
    type: int
  cluster_id:
    description:
      - A name for the repository that this server shares with other servers of the play. Of the servers with the same value,
        the first that can writes O(cluster), O(deployments) and O(schedules), once for each task of a play. The other servers
        wait for it, send no request, and return RV(written_by). If the first server fails, the next one does the work.
      - O(server_config) and O(license) belong to each server.
      - An asynchronous task does not take turns.
    type: str
  license_receipt_dir:
    description:
      - The directory for the receipt of the license, in a file that is named after the server's address.
      - It is used where O(license.receipt_path) is not given.
    type: path
  ignore_license_without_receipt:
    description: Whether O(license) is left out if it has no receipt yet, because then nothing can be compared.
    type: bool
    default: false
  pause:
    description:
      - Pauses all servers of the cluster while O(deployments) and O(schedules) are written, and restores the previous settings
        afterwards, whatever happens to the task.
      - Nothing is paused if no deployment changes.
      - If the process is killed, the state file remains. The next task with this option restores the settings in it.
    type: dict
    suboptions:
      enabled:
        description: Whether to pause.
        type: bool
        default: true
      state_path:
        description:
          - The file in which the previous settings are kept, as in M(astera.data_stack.astera_pause).
          - A path that ends with a slash is a directory, in which the file is named after O(cluster_id) or the server's address.
        type: path
        required: true
      window:
        description: A name for the window, as in M(astera.data_stack.astera_pause).
        type: str
        default: deployment
      owner:
        description: Who pauses, as in M(astera.data_stack.astera_pause).
        type: str
      force:
        description: Whether to take over a state file that another run left.
        type: bool
        default: false
  snapshot:
    version_added: 1.0.0
    description: Whether to return RV(snapshot), what the server had when the plan was made. It is read along with it.
    type: bool
    default: false
  pause_between_reads:
    version_added: 1.0.0
    description:
      - Read everything a second time after this many seconds, from 0 to 60, and return in C(volatile) of RV(snapshot) the members
        whose values differ, because the server changes them by itself.
      - Only with O(snapshot=true). By default, each kind is read once.
    type: int
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  idempotent:
    support: partial
    details: The licence needs O(license.receipt_path). Without it each run sends the licence, and reports a change.
seealso:
  - module: astera.data_stack.astera_deployment
  - module: astera.data_stack.astera_schedule
"""

EXAMPLES = r"""
- name: The whole server, from one document
  astera.data_stack.astera_server:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
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
  delegate_to: localhost

- name: The variables of the role bootstrap are the same document
  astera.data_stack.astera_server:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    deployments: "{{ astera_deployments }}"
    schedules: "{{ astera_schedules }}"
  delegate_to: localhost
"""

RETURN = r"""
plan:
  description: One entry for each object of the document, in its order.
  returned: always, once the options were found good
  type: list
  elements: dict
  contains:
    kind:
      description: V(server_config), V(license), V(cluster), V(deployment) or V(schedule).
      type: str
      returned: always
      sample: schedule
    name:
      description: The declared name. For the kinds of which there is only one, the kind.
      type: str
      returned: always
      sample: Sales every morning
    action:
      description: V(none), V(create), V(update), V(rename), V(register), V(activate) or V(deactivate).
      type: str
      returned: always
      sample: update
    changed:
      description: Whether the object was written. In check mode, whether it would be.
      type: bool
      returned: always
      sample: true
    fields:
      description: The differences, as path, before and after.
      type: list
      elements: dict
      returned: always
      sample:
        - path: is_active
          before: false
          after: true
    outcome:
      description:
        - V(committed), V(not_committed) or V(unknown). Null where nothing was to be written, or nothing was tried.
      type: str
      returned: always
      sample: committed
    error:
      description: What went wrong with this object, as RV(error), with its C(msg). Null if nothing did.
      type: dict
      returned: always
      sample: null
    # generated: {returned: next_runs, of: astera_schedule, when: the object is a schedule and could be planned}
    next_runs:
      description:
        - The next three runs of a schedule that runs every day, each in the offset that the server keeps (C(server)), in the time zone of
          whoever asks (C(local), by E(TZ) or the process), and in UTC (C(utc)). In check mode the predicted ones. Empty for one
          that is not active, null for a kind of which nothing is published.
        - That it runs every 24 hours is assumed, for whether a server follows daylight saving time is not published.
      type: list
      elements: dict
      returned: the object is a schedule and could be planned
      sample:
        - server: "2026-12-01T04:30:00+01:00"
          local: "2026-12-01T03:30:00+00:00"
          utc: "2026-12-01T03:30:00+00:00"
    # end generated
    # generated: {returned: next_runs_note, of: astera_schedule, when: the object is a schedule and could be planned}
    next_runs_note:
      description: What is assumed of the next runs, or why there are none.
      type: str
      returned: the object is a schedule and could be planned
      sample: the schedule is not active
    # end generated
written_by:
  description: The inventory host that has written what the servers of the cluster share, in this run. Nothing of it is planned here.
  returned: when O(cluster_id) is given and another server has done the work of this task
  type: str
  sample: astera01.example.com
window_opened:
  description: Whether all servers of the cluster were paused for this task. In check mode, whether they would be.
  returned: when O(pause) is given and a deployment changes
  type: bool
  sample: true
stale_window:
  description: The owner, the time and the window of a state file that another run left.
  returned: when there was one
  type: dict
  sample: {owner: jane@controller, since: "2026-11-24T22:00:00Z", window: deployment}
unmanaged:
  description: The names of deployments and schedules that are on the server and not in the document.
  returned: when O(unmanaged_deployments) or O(unmanaged_schedules) is not V(ignore)
  type: dict
  sample:
    schedules: [Old nightly load]
snapshot:
  description:
    - The C(server_config), the C(cluster), the C(deployments) and the C(schedules), with the keys as the API spells them,
      secrets as C(********), lists by name.
    - C(unread) has an entry with RV(error) and its C(msg) for each of them that could not be read, and that is missing then.
    - With O(pause_between_reads), C(volatile) has for each of them the paths of the members that the server changes by itself, such as
      C(activity.lastHeartbeat). C([]) stands for each item of a list. A member that has an option is never one of them.
  returned: when O(snapshot=true) and the options were found good
  type: dict
  sample:
    cluster: {id: 1, name: PRODUCTION, pauseAllServers: false}
    unread: {}
uploads:
  description: The files that were sent to the server, as in M(astera.data_stack.astera_deployment).
  returned: always, once the options were found good
  type: list
  elements: dict
  sample: []
url:
  description: Where the server is after the task. Differs from O(url) if its port was changed.
  returned: always, once the options were found good
  type: str
  sample: https://astera.example.com:9261
conflicts:
  description: Values that another writer changed while the task ran, and that the task has overwritten.
  returned: when there were any
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of object.
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
      description: The value when the task began.
      type: raw
      returned: always
      sample: Nightly load
    theirs:
      description: The value of the other writer.
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import SERVER
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(SERVER)


if __name__ == "__main__":
    main()
