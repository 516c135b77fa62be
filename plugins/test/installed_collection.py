# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Return whether a collection is installed where Ansible runs. Internal to the roles of this collection."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable


def installed_collection(name: str) -> bool:
    """name: namespace and collection, such as ``awx.awx``."""
    try:
        return importlib.util.find_spec(f"ansible_collections.{name}") is not None
    except ImportError:  # not even the namespace is there
        return False


class TestModule:
    def tests(self) -> dict[str, Callable[[str], bool]]:
        return {"installed_collection": installed_collection}
