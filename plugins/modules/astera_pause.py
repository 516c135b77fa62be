#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_pause
short_description: Pause all servers of an Astera cluster for a while, and put back what was there
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - With O(state=paused), pauses all servers of the cluster that the server belongs to, from now on and without an end. With
    O(state=restored), puts the pause settings back as they were before, to the last byte.
  - What was there before, who paused and when is kept in O(mark_path), from before the first change until after the last one. A run
    that dies in between leaves it there. The next one that begins or ends a window with this mark warns by whom the servers were
    paused, returns RV(left_by), and puts back what that run found.
  - The mark of a run that goes on is left alone. To begin a window is a failure then, and to end one does nothing but warn. Whether a
    run goes on can be said on the machine that it runs on. Anywhere else, in another container for instance, its window is taken over
    with a warning.
  - Windows may be nested within a run. The inner one, of another O(window) name, leaves the pause to the outer one.
  - That a pause without a beginning and an end holds until it is taken back, is assumed. What it does to jobs that are running is
    not published.
  - The role P(astera.data_stack.maintenance#role) wraps this module for plays over several servers of a cluster.
options:
  state:
    description:
      - V(paused) begins the window, V(restored) ends it.
      - Without a mark there is no window, and V(restored) does nothing, without any call.
    type: str
    choices: [paused, restored]
    required: true
  mark_path:
    description:
      - The file in which the window is remembered. All servers of a cluster need the same one.
      - It is written with mode 0600 where the task runs.
    type: path
    required: true
  window:
    description: A name for the window, for messages, and to tell a window from one inside it.
    type: str
    default: maintenance
  by:
    description: Who pauses, for those who find the pause. By default the user and the host that the task runs as and on.
    type: str
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  check_mode:
    details: Only the login and reading calls are sent, and no mark is written.
seealso:
  - module: astera.data_stack.astera_cluster
"""

EXAMPLES = r"""
- name: All servers are paused
  astera.data_stack.astera_pause:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    state: paused
    mark_path: ~/.ansible/astera_data_stack/maintenance/production.json
  delegate_to: localhost

# In the "always" of the block whose "block" begins with the task above.
- name: The servers go on as before
  astera.data_stack.astera_pause:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    state: restored
    mark_path: ~/.ansible/astera_data_stack/maintenance/production.json
  delegate_to: localhost
"""

RETURN = r"""
cluster:
  description:
    - The cluster's settings as the server has them after the task. V(null) if there was no window to end.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  sample:
    id: 1
    name: DEFAULT
    pause_all_servers: true
began:
  description: Whether the window is this task's own. V(false) inside another window of the run, which keeps the pause.
  returned: with O(state=paused), if the window could begin
  type: bool
  sample: true
left_by:
  description: Whose window it was that was found and taken over.
  returned: if there was one
  type: dict
  contains:
    by:
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
