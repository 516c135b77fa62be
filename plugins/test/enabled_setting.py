# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Return whether a setting of Ansible is on. Internal to the roles, playbooks and examples of this collection."""

from __future__ import annotations

from collections.abc import Callable

from ansible import constants


def enabled_setting(name: str) -> bool:
    """Return whether the setting is on, such as ``DISPLAY_ARGS_TO_STDOUT``."""
    return bool(getattr(constants, name))


class TestModule:
    def tests(self) -> dict[str, Callable[[str], bool]]:
        return {"enabled_setting": enabled_setting}
