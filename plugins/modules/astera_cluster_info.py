#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_cluster_info
short_description: Get the settings of an Astera cluster
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/Cluster). That this endpoint exists is assumed, not published. If the server does not have it (404 or 405), the task
    fails and the message states this.
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
  - astera.data_stack.info
seealso:
  - module: astera.data_stack.astera_cluster
"""

EXAMPLES = r"""
- name: Get the settings of the cluster
  astera.data_stack.astera_cluster_info:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
  delegate_to: localhost
  register: cluster_info
"""

RETURN = r"""
cluster:
  description: The settings of the cluster without secrets. The keys are in snake case unless O(raw=true).
  returned: success
  type: dict
  sample:
    id: 1
    name: DEFAULT
    purge_job_info_after: 7
    deployment_directory:
      path: C:\Astera\Deployment
# generated: {returned: error, of: astera_server_info, sample: {method: GET, path: /api/Cluster}}
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import ClusterInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(ClusterInfo)


if __name__ == "__main__":
    main()
