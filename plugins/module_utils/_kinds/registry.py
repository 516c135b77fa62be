# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kind of object that each module manages. Private to this collection."""

from __future__ import annotations

from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Resource
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import CLUSTER
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.compatibility import COMPATIBILITY
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import DEPLOYMENT
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import SERVER
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import (
    CLUSTER_INFO,
    DEPLOYMENT_INFO,
    SCHEDULE_INFO,
    SERVER_CONFIG_INFO,
)
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import JOB, JOB_INFO
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import LICENSE
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import PAUSE
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import SCHEDULE
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import SERVER_CONFIG
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_info import SERVER_INFO

KIND_OF_MODULE: dict[str, Resource] = {
    "astera_cluster": CLUSTER,
    "astera_cluster_info": CLUSTER_INFO,
    "astera_compatibility_info": COMPATIBILITY,
    "astera_deployment": DEPLOYMENT,
    "astera_deployment_info": DEPLOYMENT_INFO,
    "astera_job": JOB,
    "astera_job_info": JOB_INFO,
    "astera_license": LICENSE,
    "astera_pause": PAUSE,
    "astera_schedule": SCHEDULE,
    "astera_schedule_info": SCHEDULE_INFO,
    "astera_server": SERVER,
    "astera_server_config": SERVER_CONFIG,
    "astera_server_config_info": SERVER_CONFIG_INFO,
    "astera_server_info": SERVER_INFO,
}
