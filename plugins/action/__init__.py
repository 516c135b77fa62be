# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import what the action plugin needs, requests included, once a run.

Ansible's main process imports this package when it parses a task, but the plugin of a routed module only in a worker process,
which ends with its task.
"""

from ansible_collections.astera.data_stack.plugins.plugin_utils import _action  # noqa: F401
