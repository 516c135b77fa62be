# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load what each task of the collection needs, once a run.

Ansible's main process imports this package when it parses a task, but the plugin of a routed module only in a worker process,
which ends with its task. A worker starts with what the main process has loaded: requests, and the filters and tests that the
roles use. If Ansible finds further filters later, it loads them again.
"""

import contextlib

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.astera.data_stack.plugins.plugin_utils import _action  # noqa: F401
from ansible_collections.astera.data_stack.plugins.plugin_utils._compat import as_template

with contextlib.suppress(AnsibleError):
    Templar(DataLoader()).template(
        as_template("{{ 'DISPLAY_ARGS_TO_STDOUT' is astera.data_stack.enabled_setting | default('') }}")
    )
