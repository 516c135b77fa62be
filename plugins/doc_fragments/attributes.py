# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules promise of check mode, diff mode and repetition."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the predicted changes without modifying the server.
    support: full
    details: Only the login and read requests are sent.
  diff_mode:
    description: Returns details about what has changed, or what would change in C(check_mode), when in diff mode.
    support: full
    details: Secrets are shown as C(********).
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
  platform:
    description: Target platforms on which the module can run.
    support: full
    platforms: posix
  action_group:
    description: Use C(group/astera.data_stack.astera) in C(module_defaults) to set the connection options of all modules.
    support: full
    membership:
      - astera.data_stack.astera
"""

    # For modules that only read.
    READING = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the predicted changes without modifying the server.
    support: full
    details: This module only reads.
  diff_mode:
    description: Returns details about what has changed, or what would change in C(check_mode), when in diff mode.
    support: N/A
    details: This module does not change anything.
  idempotent:
    description: When run twice with the same options, the second run changes nothing.
    support: full
    details: This module only reads.
  platform:
    description: Target platforms on which the module can run.
    support: full
    platforms: posix
  action_group:
    description: Use C(group/astera.data_stack.astera) in C(module_defaults) to set the connection options of all modules.
    support: full
    membership:
      - astera.data_stack.astera
"""
