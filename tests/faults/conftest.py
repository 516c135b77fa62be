# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults are waited out in a hundredth of the time."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests.write_scenarios import PreparedScenario


@pytest.fixture(autouse=True)
def _soon(fast_sleep):
    """Waits are short in these tests."""


@pytest.fixture
def name():
    """Return the scenario of a test that names none in a parameter."""
    return "new deployment"


@pytest.fixture
def scenario(name, server, tmp_path):
    return PreparedScenario(name, server, tmp_path)
