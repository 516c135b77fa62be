#!/usr/bin/python
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: astera_pause
short_description: Pause all servers of an Astera cluster, or restore the previous pause settings
version_added: 1.0.0
author:
  - The astera.data_stack contributors (@astera-data-stack)
description:
  - With O(state=paused), opens a maintenance window, which pauses all servers of the cluster, from now on and without an end. With
    O(state=restored), closes the window and restores the previous pause settings exactly.
  - O(state_path) keeps the previous settings, the owner and the time, from before the first change until after the last one. The module
    creates the file exclusively. If two runs start at the same time, one opens its window, and the other one fails with
    C(error.code=conflict).
  - A run that is killed leaves the file. The next task of the same O(owner) warns, returns RV(stale_window), and restores the settings
    from the file.
  - If the file belongs to another O(owner) or to another cluster, the task fails with C(error.code=conflict), for both values of
    O(state). Whether the run of that owner is still in progress cannot be determined. If it is not, set O(force=true).
  - If the file belongs to a task that is still in progress, which is a guarded pause of M(astera.data_stack.astera_server), the task fails
    with C(error.code=conflict) for every owner, also with O(force=true). That task holds a lock on the file. If the file system has no
    locks, the file is treated like the file of any other window.
  - If a second run of the same O(owner) takes over the window of a run that is still in progress, the first run fails with
    C(error.code=conflict) when it closes its window, and the second run restores the settings. Set different owners for runs that can
    overlap.
  - Windows can be nested within a run. The inner window needs another O(window), and the pause lasts until the outer window is closed.
  - That a pause without a start and an end lasts until it is removed is assumed. How it affects running jobs is not published.
  - The role P(astera.data_stack.maintenance#role) uses this module for plays with several servers of a cluster.
options:
  state:
    description:
      - V(paused) opens the window. V(restored) closes it.
      - Without a state file there is no window, and V(restored) sends no request.
    type: str
    choices: [paused, restored]
    required: true
  state_path:
    description:
      - File for the previous settings. All servers of a cluster need the same file.
      - If the path ends with C(/), it is a directory, and the module names the file after O(cluster_id), or after the address of the
        server if O(cluster_id) is not set.
      - The module writes the file with mode 0600, and creates missing directories with mode 0700, on the host where the task runs. It
        refuses symbolic links and the files of other users.
    type: path
    required: true
  cluster_id:
    description:
      - Identifies the repository that this server shares with other servers of the play. The state file records it.
      - Of the servers with the same value, the first available one opens or closes the window, once for each task of a play. The other
        servers wait for it, send no request, and return RV(written_by). If the first server fails, the next one does the work.
      - Without it, a server recognizes only its own state file, unless the server returns when its repository was created. Set it if
        several servers of a cluster use the same state file.
    type: str
  window:
    description: Name of the window. It appears in messages, and distinguishes a window from one inside it.
    type: str
    default: maintenance
  owner:
    description:
      - Owner of the window. Runs with the same owner take over each other's windows.
      - By default, the user and the host that run the task.
    type: str
  force:
    description:
      - Whether to take over a state file that another run left. With O(state=paused), also a damaged one.
      - The file of a guarded pause whose task is still in progress is never taken over.
    type: bool
    default: false
extends_documentation_fragment:
  - astera.data_stack.attributes
  - astera.data_stack.connection
attributes:
  check_mode:
    details: Only the login and read requests are sent, and no state file is written.
seealso:
  - module: astera.data_stack.astera_cluster
"""

EXAMPLES = r"""
- name: Work in a maintenance window
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/astera.data_stack.astera:
      url: "{{ astera_url }}"
      username: "{{ astera_username }}"
      password: "{{ astera_password }}"
      ca_path: "{{ astera_ca_path }}"
  tasks:
    - name: Run tasks while all servers are paused
      block:
        - name: Pause all servers
          astera.data_stack.astera_pause:
            state: paused
            state_path: ~/.ansible/astera_data_stack/maintenance/
            cluster_id: production

        - name: Show that no job starts now
          ansible.builtin.debug:
            msg: All servers are paused.
      always:
        - name: Restore the previous pause settings
          astera.data_stack.astera_pause:
            state: restored
            state_path: ~/.ansible/astera_data_stack/maintenance/
            cluster_id: production
"""

RETURN = r"""
cluster:
  description:
    - The settings of the cluster after the task. Null if there was no window to close.
    - The keys are those of the API in snake case.
  returned: success
  type: dict
  sample:
    id: 1
    name: DEFAULT
    pause_all_servers: true
written_by:
  description: The inventory host that opened or closed the window in this run.
  returned: when O(cluster_id) is set and another server did the work of this task
  type: str
  sample: astera01.example.com
window_opened:
  description: Whether the task opened the window. V(false) inside another window of the run, which keeps the pause.
  returned: when O(state=paused) and the window could be opened
  type: bool
  sample: true
stale_window:
  description: The window of another run that the task found and took over.
  returned: when the task found such a window
  type: dict
  contains:
    owner:
      description: Owner of the window.
      type: str
      returned: always
      sample: jane@controller
    since:
      description: Time at which the window was opened, in UTC.
      type: str
      returned: always
      sample: "2026-12-01T22:00:03Z"
    window:
      description: Name of the window.
      type: str
      returned: always
      sample: maintenance
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import Pause
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(Pause)


if __name__ == "__main__":
    main()
