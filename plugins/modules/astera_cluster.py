#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_cluster
short_description: Manage the settings of an Astera cluster
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Sets the directories, the purging of old jobs and events, and the pausing of all servers that share a repository.
  - Only the options that are given are managed. Everything else stays as the server has it.
  - Set these before the first deployment, which needs the deployment directory.
  - That C(GET /api/Cluster) reads the settings is assumed, not published. On a server which refuses it, the settings are
    written only if all options are given, and a warning is shown.
options:
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
      - When the pause begins. It counts only with O(pause_all_servers).
      - The format is not published. The text is passed on as it is.
    type: str
  pause_servers_to:
    description: When the pause ends. See O(pause_servers_from).
    type: str
  client_and_servers_share_the_same_file_system:
    description: Whether the Astera clients and the servers see the same files under the same paths.
    type: bool
  settings:
    description:
      - Further keys of the API's object, spelled as the API spells them.
      - A dict is merged into what the server has, and a list replaces what the server has.
    type: dict
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_deployment
  - module: astera.data_stack.astera_cluster_info
  - module: astera.data_stack.astera_pause
"""

EXAMPLES = r"""
- name: The cluster has its directories, and old jobs go after a month
  astera.data_stack.astera_cluster:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    name: DEFAULT
    staging_directory: C:\Astera\Staging
    deployment_directory: C:\Astera\Deployment
    purge_job_info_after: 30
    purge_event_info_after: 30
  delegate_to: localhost

- name: All servers pause
  astera.data_stack.astera_cluster:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    pause_all_servers: true
  delegate_to: localhost
"""

RETURN = r"""
cluster:
  description:
    - The settings as the server has them after the task. In check mode the predicted ones.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  sample:
    id: 1
    name: DEFAULT
    purge_job_info_after: 30
    staging_directory:
      path: C:\Astera\Staging
    pause_all_servers: false
# generated: {returned: conflicts, of: astera_deployment, sample: {field: staging_directory, before: 'D:\Staging', theirs: 'E:\Staging'}}
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
      sample: staging_directory
    before:
      description: The value when the task began.
      type: raw
      returned: always
      sample: D:\Staging
    theirs:
      description: The value of the other writer.
      type: raw
      returned: always
      sample: E:\Staging
# end generated
# generated: {returned: error, of: astera_server_info, sample: {method: POST, path: /api/Cluster}}
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
      sample: /api/Cluster
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import (
    CLUSTER,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(CLUSTER)


if __name__ == "__main__":
    main()
