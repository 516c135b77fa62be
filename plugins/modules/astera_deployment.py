#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_deployment
short_description: Manage a deployment on an Astera Integration Server
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - Uploads a project archive (C(.car)) and its configuration file (C(.cfg)) if the server does not have them, and creates or updates
    the deployment that uses them.
  - The name of a file on the server consists of its own name and the first 12 digits of its SHA-256 checksum. A later run can therefore
    determine which content is deployed, does not upload content again that a deployment on the server uses, and never overwrites a
    file that a running job reads.
  - Manages only the options that you set. The server keeps all other settings.
  - No published API endpoint deletes a deployment.
options:
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
      - One of O(archive) and O(archive_server_path) is required when the task creates the deployment.
      - Mutually exclusive with O(archive_server_path).
    type: path
  archive_server_path:
    description:
      - Path of a project archive that is already on the server.
      - Mutually exclusive with O(archive).
    type: str
  config:
    description:
      - Path of the configuration file (C(.cfg)) to deploy, on the host where the task runs.
      - Mutually exclusive with O(config_content) and O(config_server_path).
    type: path
  config_content:
    description:
      - Content of the configuration file, for example from a template. It can contain passwords, and is never shown.
      - Mutually exclusive with O(config) and O(config_server_path).
    type: str
  config_server_path:
    description:
      - Path of a configuration file that is already on the server.
      - An empty string removes the configuration file from the deployment.
      - Mutually exclusive with O(config) and O(config_content).
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
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
seealso:
  - module: astera.data_stack.astera_cluster
  - module: astera.data_stack.astera_schedule
  - module: astera.data_stack.astera_deployment_info
"""

EXAMPLES = r"""
- name: Manage deployments
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Deploy a project with its production configuration
      astera.data_stack.astera_deployment:
        name: Sales
        archive: files/sales.car
        config: files/sales-production.cfg
        comment: Nightly load of the sales data

    - name: Deploy a configuration from a template
      astera.data_stack.astera_deployment:
        name: Sales
        config_content: "{{ lookup('ansible.builtin.template', 'sales.cfg.j2') }}"

    - name: Rename the deployment
      astera.data_stack.astera_deployment:
        name: Sales
        new_name: Sales nightly
"""

RETURN = r"""
deployment:
  description:
    - The deployment after the task. In check mode, the predicted deployment. Its C(id) is null if it is new, and the path of a file that
      would be uploaded is null.
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
  description: The files that the task uploaded. In check mode, the files that it would upload. Empty if the server has the files already.
  returned: when the options are valid
  type: list
  elements: dict
  contains:
    kind:
      description: V(Car) for an archive, V(Cfg) for a configuration file.
      type: str
      returned: always
      sample: Car
    sha256:
      description: SHA-256 checksum of the content.
      type: str
      returned: always
      sample: 9f2c1b7a5d3e0c41d7a5b2f8e6c3d9a01b4e7f2a5c8d3b6e9f1a4c7d2e5b8a60
    size:
      description: Size in bytes.
      type: int
      returned: always
      sample: 183204
    server_path:
      description: Path of the file on the server. Null in check mode.
      type: str
      returned: always
      sample: C:\Astera\Deployment\sales-9f2c1b7a5d3e.Car
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import Deployment
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Deployment)


if __name__ == "__main__":
    main()
