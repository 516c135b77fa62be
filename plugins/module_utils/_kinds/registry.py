# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each module does. Private to this collection."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .._engine.kind import Operation
from .cluster import Cluster
from .compatibility import Compatibility
from .deployment import Deployment
from .document import Server
from .info import ClusterInfo, DeploymentInfo, ScheduleInfo, ServerConfigInfo, ServerInfo
from .job import Job, JobInfo
from .license import License
from .pause import Pause
from .schedule import Schedule
from .server_config import ServerConfig

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
