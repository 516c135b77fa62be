#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_deployment
short_description: Deploy a project archive on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Uploads a project archive (C(.car)) and its configuration (C(.cfg)) if the server does not have them yet, and creates or
    updates the deployment that uses them.
  - A file is stored on the server under its own name and the first 12 digits of its SHA-256. So a later run can tell whether
    the wanted bytes are deployed, the same bytes are not sent twice, and a file which a running job reads is never overwritten.
  - Only the options that are given are managed. Everything else stays as the server has it.
  - No call that deletes a deployment is published.
options:
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
      - To create a deployment, give O(archive) or O(archive_server_path).
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
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_cluster
  - module: astera.data_stack.astera_schedule
  - module: astera.data_stack.astera_deployment_info
"""

EXAMPLES = r"""
- name: The project is deployed with its production configuration
  astera.data_stack.astera_deployment:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    name: Sales
    archive: files/sales.car
    config: files/sales-production.cfg
    comment: Nightly load of the sales data
  delegate_to: localhost

- name: The configuration comes from a template with a password from the vault
  astera.data_stack.astera_deployment:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    name: Sales
    config_content: "{{ lookup('ansible.builtin.template', 'sales.cfg.j2') }}"
  delegate_to: localhost

- name: The deployment has a better name
  astera.data_stack.astera_deployment:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    name: Sales
    new_name: Sales nightly
  delegate_to: localhost
"""

RETURN = r"""
deployment:
  description:
    - The deployment as the server has it after the task. In check mode the predicted one, with an C(id) of null if it is new
      and with null for the path of a file that is not uploaded yet.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  sample:
    id: 7
    name: Sales
    cluster_archive_file_path: C:\Astera\Deployment\sales-9f2c1b7a5d3e.Car
    user_archive_file_path: sales.car
    cluster_config_file_path: ""
    encrypt_files: true
    comment: Nightly load of the sales data
uploads:
  description: The files that were sent to the server, or in check mode would have been. Empty if it had them already.
  returned: always, once the options were found good
  type: list
  elements: dict
  contains:
    kind:
      description: V(Car) for an archive, V(Cfg) for a configuration.
      type: str
      returned: always
      sample: Car
    sha256:
      description: SHA-256 of the content.
      type: str
      returned: always
      sample: 9f2c1b7a5d3e0c41d7a5b2f8e6c3d9a01b4e7f2a5c8d3b6e9f1a4c7d2e5b8a60
    size:
      description: Size in bytes.
      type: int
      returned: always
      sample: 183204
    server_path:
      description: Where the server has stored it. Null in check mode.
      type: str
      returned: always
      sample: C:\Astera\Deployment\sales-9f2c1b7a5d3e.Car
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import (
    DEPLOYMENT,
)
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(DEPLOYMENT)


if __name__ == "__main__":
    main()
