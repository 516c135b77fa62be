# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests import modules
from ansible_collections.astera.data_stack.tests.concurrency.worker_pool import WorkerPool


@pytest.fixture(scope="module")
def pool():
    with WorkerPool(8) as eight:
        yield eight


@pytest.fixture
def together(server, pool):
    """Run a module with several options at once → the results."""

    def call(module, *many):
        server.clear_requests()
        return pool.run([(module, {**modules.connection(server), **options}) for options in many])

    return call
