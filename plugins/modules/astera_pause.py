#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_pause
short_description: Pause all servers of an Astera cluster, and restore the previous pause settings
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - With O(state=paused), pauses all servers of the cluster that the server belongs to, from now on and without an end. With
    O(state=restored), restores the pause settings as they were before, to the last byte.
  - The previous settings, the owner and the time are kept in O(state_path), from before the first change until after the last one. A
    run that is killed in between leaves the file there. The next task that opens or closes a window with this file warns who paused
    the servers, returns RV(stale_window), and restores what that run found.
  - The file of a run that is still in progress is left alone. Opening a window fails then, and closing one only warns. Whether a run
    is in progress can only be determined on the machine that it runs on. Anywhere else, for example in another container, its window
    is taken over with a warning.
  - Windows can be nested within a run. The inner one, with another O(window) name, leaves the pause to the outer one.
  - That a pause without a beginning and an end holds until it is taken back is assumed. What it does to jobs that are running is
    not published.
  - The role P(astera.data_stack.maintenance#role) wraps this module for plays over several servers of a cluster.
options:
  state:
    description:
      - V(paused) opens the window, V(restored) closes it.
      - Without a state file there is no window, and V(restored) does nothing and sends no request.
    type: str
    choices: [paused, restored]
    required: true
  state_path:
    description:
      - The file in which the previous settings are kept. All servers of a cluster need the same one.
      - It is written with mode 0600 where the task runs.
    type: path
    required: true
  window:
    description: A name for the window, for messages, and to tell a window from one inside it.
    type: str
    default: maintenance
  owner:
    description: Who pauses, for those who find the pause. By default the user and the host that the task runs as and on.
    type: str
  force:
    description: Whether to take over a state file that another run left.
    type: bool
    default: false
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  check_mode:
    details: Only the login and reading requests are sent, and no state file is written.
seealso:
  - module: astera.data_stack.astera_cluster
"""

EXAMPLES = r"""
- name: Pause all servers
  astera.data_stack.astera_pause:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    state: paused
    state_path: ~/.ansible/astera_data_stack/maintenance/production.json
  delegate_to: localhost

# In the "always" of the block whose "block" starts with the task above.
- name: Restore the previous pause settings
  astera.data_stack.astera_pause:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    state: restored
    state_path: ~/.ansible/astera_data_stack/maintenance/production.json
  delegate_to: localhost
"""

RETURN = r"""
cluster:
  description:
    - The cluster's settings as the server has them after the task. V(null) if there was no window to close.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  sample:
    id: 1
    name: DEFAULT
    pause_all_servers: true
window_opened:
  description: Whether this task opened the window. V(false) inside another window of the run, which keeps the pause.
  returned: with O(state=paused), if the window could be opened
  type: bool
  sample: true
stale_window:
  description: The window that was found and taken over.
  returned: if there was one
  type: dict
  contains:
    owner:
      description: Who paused.
      type: str
      returned: always
      sample: jane@controller
    since:
      description: When, in UTC.
      type: str
      returned: always
      sample: "2026-12-01T22:00:03Z"
    window:
      description: The name of the window.
      type: str
      returned: always
      sample: maintenance
error:
  description: What went wrong, for a playbook to decide on.
  returned: on failure
  type: dict
  contains:
    code:
      description:
        - One of V(unreachable), V(tls), V(authentication), V(permission), V(conflict), V(not_found), V(ambiguous_name),
          V(rejected), V(invalid_response), V(outcome_unknown), V(timeout), V(usage).
      type: str
      returned: always
      sample: conflict
    method:
      description: The verb of the call that failed, if it was a call that failed.
      type: str
      returned: always
      sample: POST
    path:
      description: The path of that call.
      type: str
      returned: always
      sample: /api/Cluster
    status:
      description: The HTTP status that the server answered with.
      type: int
      returned: always
      sample: 400
    detail:
      description: The server's own words, without secrets, at most 500 characters.
      type: str
      returned: always
      sample: The UpdateDtTm is out of date.
    outcome:
      description: Whether the write was made.
      type: str
      returned: always
      choices: [not_committed, committed, unknown]
      sample: not_committed
"""

from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module
from ansible_collections.astera.data_stack.plugins.module_utils.resources.pause import PAUSE


def main() -> None:
    run_module(PAUSE)


if __name__ == "__main__":
    main()
