# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of the modules that interpret the status of a job."""

    DOCUMENTATION = r"""
options:
  success_statuses:
    description:
      - Statuses of a job that succeeded, without regard to case.
      - The vendor publishes V(Completed), among "a few" statuses.
    type: list
    elements: str
    default: [Completed]
  waiting_statuses:
    description:
      - Statuses of a job that has not ended, without regard to case.
      - A status that is in neither list means that the job failed, because the vendor publishes no status for a failure.
    type: list
    elements: str
    default: [NotStarted, Queued, Initializing, Running]
"""
