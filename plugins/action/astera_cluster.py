# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

# At the top, so that Ansible's main process imports requests once, and all its workers have it.
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import CLUSTER
from ansible_collections.astera.data_stack.plugins.plugin_utils._action import AsteraAction


class ActionModule(AsteraAction):
    RESOURCE = CLUSTER
