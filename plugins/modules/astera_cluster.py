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
  - Manages the directories, the purging of old jobs and events, and the pause settings of all servers that share a repository.
  - Manages only the options that you set. The server keeps all other settings.
  - Set O(deployment_directory) before the first deployment, because a deployment needs it.
  - That C(GET /api/Cluster) reads the settings is assumed, not published. If a server rejects this request, the module writes the
    settings only if you set all options, and warns.
options:
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
      - Time at which the pause begins. It has an effect only with O(pause_all_servers=true).
      - The format is not published. The module sends the string as it is.
    type: str
  pause_servers_to:
    description: Time at which the pause ends. See O(pause_servers_from).
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
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_deployment
  - module: astera.data_stack.astera_cluster_info
  - module: astera.data_stack.astera_pause
"""

EXAMPLES = r"""
- name: Manage an Astera cluster
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Configure the directories and the purging of old jobs
      astera.data_stack.astera_cluster:
        name: DEFAULT
        staging_directory: C:\Astera\Staging
        deployment_directory: C:\Astera\Deployment
        purge_job_info_after: 30
        purge_event_info_after: 30

    - name: Pause all servers
      astera.data_stack.astera_cluster:
        pause_all_servers: true
"""

RETURN = r"""
cluster:
  description:
    - The settings of the cluster after the task. In check mode, the predicted settings.
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
  description: Values that another client changed while the task ran. The task overwrote them, unless it failed with the code V(conflict).
  returned: when another client changed a value that the task sets
  type: list
  elements: dict
  contains:
    field:
      description: The option.
      type: str
      returned: always
      sample: staging_directory
    before:
      description: The value at the start of the task.
      type: raw
      returned: always
      sample: D:\Staging
    theirs:
      description: The value of the other client.
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import Cluster
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Cluster)


if __name__ == "__main__":
    main()
