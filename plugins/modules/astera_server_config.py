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
  - Sets the server profile, the port and the repository of an Astera Integration Server, and its purge parameters.
  - The repository is the SQL Server or PostgreSQL database in which the server keeps its jobs, deployments and schedules.
  - Only the options that are given are managed. Everything else stays as the server has it.
  - The repository database and the server profile must exist already. No published call creates either of them.
options:
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
        description: Name of the database, too. In the vendor's example it equals O(repository.database).
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
          - The password of O(repository.user).
          - It is never compared, for the server need not show it. See O(update_password).
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
      - With V(on_change), O(repository.password) is sent along with any other change, and is never a change by itself.
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
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_license
  - module: astera.data_stack.astera_cluster
  - module: astera.data_stack.astera_server_config_info
"""

EXAMPLES = r"""
- name: The server works in its profile and on its repository
  astera.data_stack.astera_server_config:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
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
  delegate_to: localhost

- name: The repository's password has been rotated
  astera.data_stack.astera_server_config:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    repository:
      user: astera
      password: "{{ vault_astera_repository_password }}"
    update_password: always
  delegate_to: localhost

- name: Old jobs are purged at night
  astera.data_stack.astera_server_config:
    url: https://astera.example.com:9261
    token: "{{ astera_token }}"
    config_parameters:
      purge_window_start_hour: 1
      purge_window_end_hour: 5
  delegate_to: localhost
"""

RETURN = r"""
server_config:
  description:
    - The configuration as the server has it after the task, without its secrets. In check mode the predicted one.
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
  description: Where the server is after the task. Differs from O(url) if its port was changed.
  returned: success
  type: str
  sample: https://astera.example.com:9261
# generated: {returned: conflicts, of: astera_deployment, sample: {field: repository.server, before: sql1.example.com, theirs: sql3.example.com}}
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
      sample: repository.server
    before:
      description: The value when the task began.
      type: raw
      returned: always
      sample: sql1.example.com
    theirs:
      description: The value of the other writer.
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import (
    SERVER_CONFIG,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(SERVER_CONFIG)


if __name__ == "__main__":
    main()
