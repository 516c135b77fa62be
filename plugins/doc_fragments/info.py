# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The option of the modules that return objects of the API."""

    DOCUMENTATION = r"""
options:
  raw:
    description:
      - Whether to return the keys in the spelling of the API, instead of in snake case. Secrets are removed in both cases.
    type: bool
    default: false
"""
