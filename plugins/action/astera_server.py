# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of all astera_* modules: ``meta/runtime.yml`` routes them here."""

from __future__ import annotations

from ansible_collections.astera.data_stack.plugins.plugin_utils._action import AsteraAction


class ActionModule(AsteraAction):
    pass
