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
  - The previous settings, the owner and the time are kept in O(state_path), from before the first change until after the last one. The
    file is created exclusively, so that of two runs that start at the same time one opens its window, and the other fails with
    C(error.code=conflict).
  - A run that is killed leaves the file there. The next task of the same O(owner) warns, returns RV(stale_window), and restores what
    the killed run found.
  - The file of another O(owner), and the file of another cluster, is C(error.code=conflict), for both values of O(state). Whether its
    run is still in progress cannot be determined. If it is not, set O(force=true).
  - The file of a task that is still in progress, which is a guarded pause of M(astera.data_stack.astera_server), is C(error.code=conflict)
    for every owner, and also with O(force=true). The task holds a lock on the file. Where the file system has no locks, the file is
    treated like that of any other window.
  - If a second run of the same O(owner) takes the window of a run over that is still in progress, the first run fails with
    C(error.code=conflict) when it closes its window, and the second one restores the settings. Give runs that can overlap different owners.
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
      - If the path ends with C(/), it is a directory, and the module names the file after O(cluster_id), or after the address of the
        server where O(cluster_id) is omitted.
      - It is written with mode 0600, and missing directories are created with mode 0700, where the task runs. Symbolic links and the
        files of other users are refused.
    type: path
    required: true
  cluster_id:
    description:
      - A name for the cluster, which is recorded in the state file. Servers with the same value share one repository.
      - Required when several servers of one cluster use the same state file. Without it, a server recognizes only its own state file,
        unless the server shows when its repository was created.
      - A name for the repository that this server shares with other servers of the play. Of the servers with the same value,
        the first that can opens or closes the window, once for each task of a play. The other servers wait for it, send no
        request, and return RV(written_by). If the first server fails, the next one does the work.
    type: str
  window:
    description: A name for the window, for messages, and to tell a window from one inside it.
    type: str
    default: maintenance
  owner:
    description:
      - Who pauses. Runs with the same owner take over each other's windows.
      - By default the user and the host that the task runs as and on.
    type: str
  force:
    description:
      - Whether to take over a state file that another run left. With O(state=paused), also one that is damaged.
      - The file of a guarded pause whose task is still in progress is never taken over.
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
    state_path: ~/.ansible/astera_data_stack/maintenance/
    cluster_id: production
  delegate_to: localhost

# In the "always" of the block whose "block" starts with the task above.
- name: Restore the previous pause settings
  astera.data_stack.astera_pause:
    url: https://astera.example.com:9261
    username: automation
    password: "{{ astera_password }}"
    ca_path: /etc/ssl/certs/astera.pem
    state: restored
    state_path: ~/.ansible/astera_data_stack/maintenance/
    cluster_id: production
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
written_by:
  description: The inventory host that has opened or closed the window, in this run.
  returned: when O(cluster_id) is given and another server has done the work of this task
  type: str
  sample: astera01.example.com
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

from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import PAUSE
from ansible_collections.astera.data_stack.plugins.module_utils._task import run_module


def main() -> None:
    run_module(PAUSE)


if __name__ == "__main__":
    main()
