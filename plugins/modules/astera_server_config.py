#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_server_config
short_description: Configure an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Sets the server profile, the port, the repository and the purge parameters of an Astera Integration Server.
  - The repository is the SQL Server or PostgreSQL database in which the server keeps its jobs, deployments and schedules.
  - Manages only the options that you set. The server keeps all other settings.
  - The repository database and the server profile must exist already. No published API endpoint creates either of them.
options:
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
        description: Service name of the database. In the example of the vendor, it equals O(repository.database).
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
          - Password of O(repository.user).
          - It is never compared, because the server might not return it. See O(update_password).
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
      - With V(on_change), the module sends O(repository.password) together with any other change. The password alone is no change.
      - With V(always), the module writes O(repository.password) in each run, and the task reports a change each time.
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
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_license
  - module: astera.data_stack.astera_cluster
  - module: astera.data_stack.astera_server_config_info
"""

EXAMPLES = r"""
- name: Configure an Astera Integration Server
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Configure the server profile and the repository
      astera.data_stack.astera_server_config:
        server_profile: DEFAULT
        repository:
          data_provider: SqlServer
          server: sql.example.com
          port: 1433
          database: AsteraRepository
          service_name: AsteraRepository
          authentication_type: SqlServerAuth
          user: astera
          password: "{{ vault_astera_repository_password }}"

    - name: Change the password of the repository
      astera.data_stack.astera_server_config:
        repository:
          user: astera
          password: "{{ vault_astera_repository_password }}"
        update_password: always

    - name: Configure the server to purge old jobs at night
      astera.data_stack.astera_server_config:
        config_parameters:
          purge_window_start_hour: 1
          purge_window_end_hour: 5
"""

RETURN = r"""
server_config:
  description:
    - The configuration of the server after the task, without secrets. In check mode, the predicted configuration.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  sample:
    port: 9261
    server_profile: DEFAULT
    config_parameters:
      purge_chunk_size: 10000
    server_db_info:
      data_provider: SqlServer
      server: sql.example.com
      database: AsteraRepository
url:
  description: Address of the server after the task. It differs from O(url) if the task changed the port.
  returned: success
  type: str
  sample: https://astera.example.com:9261
# generated: {returned: conflicts, of: astera_deployment, sample: {field: repository.server, before: sql1.example.com, theirs: sql3.example.com}}
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
      sample: repository.server
    before:
      description: The value at the start of the task.
      type: raw
      returned: always
      sample: sql1.example.com
    theirs:
      description: The value of the other client.
      type: raw
      returned: always
      sample: sql3.example.com
# end generated
# generated: {returned: error, of: astera_server_info, sample: {method: POST, path: /api/Server/Config}}
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
      sample: /api/Server/Config
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import ServerConfig
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(ServerConfig)


if __name__ == "__main__":
    main()
