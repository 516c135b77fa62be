# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

import yaml
from ansible_collections.astera.data_stack.plugins.modules import (
    astera_cluster,
    astera_deployment,
    astera_license,
    astera_schedule,
    astera_server_config,
)

_MODULES = {
    "server_config": astera_server_config,
    "license": astera_license,
    "cluster": astera_cluster,
    "deployments[]": astera_deployment,
    "schedules[]": astera_schedule,
}


def _suboptions(path: str, module: ModuleType) -> dict[str, Any]:
    """Return the options of a module as suboptions of the option at a path, which references such as ``O(name)`` then have."""
    options = yaml.safe_load(module.DOCUMENTATION)["options"]
    reference = rf"\bO\((?=(?:{'|'.join(options)})\b)"
    return {"suboptions": json.loads(re.sub(reference, f"O({path}.", json.dumps(options)))}


class ModuleDocFragment:
    """The options of the parts of a document, from the modules that manage one part each."""

    DOCUMENTATION = json.dumps(
        {"options": {path.removesuffix("[]"): _suboptions(path, module) for path, module in _MODULES.items()}}
    )
