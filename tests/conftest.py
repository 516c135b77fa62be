# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An emulated server, and a module's real ``main()`` against it, for all tests."""

from __future__ import annotations

import gc

import pytest

# Here, because ansible-test reads no pyproject.toml, and takes no mark that it does not know.
MARKS = (
    "full: what only make test-all runs; tests/selection.py has the rules",
    "sweep: what only make reliability runs: every dialect and every moment",
    "each_value: the default run needs each value of each parameter once, not every combination",
    "shows(promise, ...): which module, role, playbook, guide or promise of the README this test demonstrates",
)


def pytest_configure(config):
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    from ansible_collections.astera.data_stack.tests import fork_server

    config.add_cleanup(fork_server.stop)
    try:
        from hypothesis import HealthCheck, settings
    except ImportError:
        # ansible-test runs some tests without it.
        return
    # On a busy machine a test is slow, and not wrong.
    settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("busy")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Decide what the default run leaves out, before ``-m`` does."""
    from ansible_collections.astera.data_stack.tests import selection

    selection.mark_combinations(items)
    config.stash[selection.COLLECTED] = list(items)


def pytest_collection_finish():
    """Keep what was collected out of the garbage collection: thousands of tests that live to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def server(request):
    # Some tests run where only Ansible and requests are installed; they need no server.
    from ansible_collections.astera.data_stack.tests.emulator import Emulator

    with Emulator(getattr(request, "param", None)) as running:
        yield running


@pytest.fixture
def run(server):
    from ansible_collections.astera.data_stack.tests import modules

    def call(module, /, check=False, **options):
        base = modules.connection(server)
        if "token" in options:
            del base["username"], base["password"]
        return modules.run(f"astera_{module}", {**base, **options}, check=check)

    return call


@pytest.fixture
def car(tmp_path):
    def make(content=b"one", name="sales.car"):
        (tmp_path / name).write_bytes(b"PK\x03\x04" + content)
        return str(tmp_path / name)

    return make


@pytest.fixture
def fast_sleep(monkeypatch):
    """What the modules would have slept, in seconds; they sleep a hundredth of it, and no more than a fifth of a second."""
    import time

    from ansible_collections.astera.data_stack.plugins.module_utils._client import waiting as _waiting

    taken = []

    def nap(seconds):
        taken.append(seconds)
        time.sleep(min(seconds / 100, 0.2))

    monkeypatch.setattr(_waiting.Clock, "sleep", staticmethod(nap))
    return taken
