# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event sources and rulebooks with the real ansible-rulebook, whose rules are a Java program."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tools.paths import CORES, LIBRARIES, Missing, environment, last_line, python_for, requirements, run

OLDEST_JAVA = 17


def checked() -> str:
    java = java_version()
    command = installed() / "ansible-rulebook"
    environ = {**os.environ, "ANSIBLE_RULEBOOK": str(command)}
    printed = run([sys.executable, "-m", "pytest", "-n", "0", "-m", "not sweep", "tests/eda"], environ=environ)
    return f"Java {java}: {last_line(printed)}"


def java_version() -> int:
    home = os.environ.get("JAVA_HOME")
    output = run([Path(home, "bin/java") if home else "java", "-version"])
    found = re.search(r'version "(\d+)', output)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise Missing(f"ansible-rulebook needs Java {OLDEST_JAVA} or newer, and this one is {last_line(output)}")
    return int(found[1])


def installed() -> Path:
    """Return the ``bin`` of an environment with ansible-rulebook, Ansible and the libraries of the sources."""
    core = CORES["2.21"]
    wanted = requirements("requirements/eda.txt")
    return environment("eda", python_for(core)[1], core.requirement, *LIBRARIES, *wanted)
