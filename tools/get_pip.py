# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the script with which ansible-test puts pip into its environments, for machines that cannot fetch that.

Only placed where it is missing and ``OFFLINE=1`` was said.
"""

from __future__ import annotations

import subprocess
import sys

# A process of its own: ensurepip makes the one that runs it blind for pip's configuration file.
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
arguments = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet", *arguments]))
