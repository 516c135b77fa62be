#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_deployment_info
short_description: Get information about the deployments of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/Deployments), and returns all deployments or some of them, sorted by name.
options:
  name:
    description:
      - Return only the deployments with this name. If there are none, the list is empty and the task does not fail.
      - Whether the server distinguishes V(ETL) from V(etl) is not published. The module returns all deployments whose names differ only
        in case.
    type: str
  id:
    description:
      - Return only the deployment with this ID.
    type: int
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
  - astera.data_stack.info
seealso:
  - module: astera.data_stack.astera_deployment
"""

EXAMPLES = r"""
- name: Get information about a deployment
  astera.data_stack.astera_deployment_info:
    url: "{{ astera_url }}"
    username: "{{ astera_username }}"
    password: "{{ astera_password }}"
    ca_path: "{{ astera_ca_path }}"
    name: Sales
  delegate_to: localhost
  register: deployment_info

- name: Show the path of its archive
  ansible.builtin.debug:
    msg: "{{ deployment_info.deployments[0].cluster_archive_file_path | default('not deployed') }}"
"""

RETURN = r"""
deployments:
  description: The deployments without secrets. The keys are in snake case unless O(raw=true).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 4
      name: Sales
      cluster_archive_file_path: C:\Astera\Deployment\sales-0123456789ab.Car
      cluster_config_file_path: ""
      comment: Nightly load
# generated: {returned: error, of: astera_server_info, sample: {method: GET, path: /api/Deployments}}
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
      sample: /api/Deployments
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import DeploymentInfo
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(DeploymentInfo)


if __name__ == "__main__":
    main()
