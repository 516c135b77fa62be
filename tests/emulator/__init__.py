# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated Astera Integration Server, for tests, demonstrations and benchmarks."""

from .dialect import Dialect
from .server import Emulator

__all__ = ["Dialect", "Emulator"]
