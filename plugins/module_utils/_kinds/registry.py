# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module does. Private to this collection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ansible_collections.astera.data_stack.plugins.module_utils._engine.kind import Operation
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.cluster import Cluster
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.compatibility import Compatibility
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.deployment import Deployment
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.document import Server
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.info import (
    ClusterInfo,
    DeploymentInfo,
    ScheduleInfo,
    ServerConfigInfo,
)
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.job import Job, JobInfo
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import License
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.pause import Pause
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.schedule import Schedule
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_config import ServerConfig
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.server_info import ServerInfo

OPERATIONS: Mapping[str, type[Operation]] = MappingProxyType(
    {
        "astera_cluster": Cluster,
        "astera_cluster_info": ClusterInfo,
        "astera_compatibility_info": Compatibility,
        "astera_deployment": Deployment,
        "astera_deployment_info": DeploymentInfo,
        "astera_job": Job,
        "astera_job_info": JobInfo,
        "astera_license": License,
        "astera_pause": Pause,
        "astera_schedule": Schedule,
        "astera_schedule_info": ScheduleInfo,
        "astera_server": Server,
        "astera_server_config": ServerConfig,
        "astera_server_config_info": ServerConfigInfo,
        "astera_server_info": ServerInfo,
    }
)
