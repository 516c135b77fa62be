#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_deployment_info
short_description: List the deployments of an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Reads C(GET /api/Deployments), and returns all of them or some, sorted by name.
options:
  name:
    description:
      - Return only the deployments of this name. None is an empty list, not a failure.
      - Whether the server tells V(ETL) from V(etl) is not published, so that names which differ in that way only are all returned.
    type: str
  id:
    description:
      - Return only the deployment with this id.
    type: int
  raw:
    description:
      - Whether to return the keys as the API spells them, instead of in snake case. Secrets are left out either way.
    type: bool
    default: false
extends_documentation_fragment:
  - astera.data_stack.attributes.reading
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_deployment
"""

EXAMPLES = r"""
- name: Which archive is deployed
  astera.data_stack.astera_deployment_info:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    name: Sales
  delegate_to: localhost
  register: current

- name: Show its path
  ansible.builtin.debug:
    msg: "{{ current.deployments[0].cluster_archive_file_path | default('not deployed') }}"
"""

RETURN = r"""
deployments:
  description: The deployments as the server has them, secrets left out, with the keys in snake case unless O(raw=true).
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import (
    DEPLOYMENT_INFO,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(DEPLOYMENT_INFO)


if __name__ == "__main__":
    main()
