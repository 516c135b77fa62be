# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role on every plausible server: predicted, run, and run again."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import dialects, invariants
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.integration.test_plays import CANARIES, Playground

NAMES = [name for name, _dialect in Dialect.sweep() if "=" in name and name not in dialects.stopping_names()]
# A bare server that shows nothing before it has a repository: check mode runs to its end there, too.
DAILY = ("unconfigured=refused",)


@pytest.mark.full
@pytest.mark.parametrize(
    "name", [name if name in DAILY else pytest.param(name, marks=pytest.mark.sweep) for name in NAMES]
)
def test_role_works_with_each_value(name, tmp_path):
    dialect = dict(Dialect.sweep())[name]
    with Emulator(dialect, password=CANARIES["login password"]) as server:
        playground = Playground(tmp_path, server)
        predicted, _printed = playground.play("--check", "--diff")
        assert server.writes == []
        changed, _printed = playground.play("--diff")
        assert changed == 5
        assert predicted == (changed if dialect.unconfigured == "permissive" else 2)
        assert playground.play()[0] == (1 if invariants.blind(dialect) else 0)
        assert playground.leaks() == []
