# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wait after a new configuration, on a clock of its own: what a server may do meanwhile, second by second."""

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client import restart
from ansible_collections.astera.data_stack.plugins.module_utils._client.connection import Connection
from ansible_collections.astera.data_stack.plugins.module_utils._client.restart import RestartWaiter
from ansible_collections.astera.data_stack.plugins.module_utils._client.waiting import ProgressThrottle
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret

OLD, NEW = "https://astera.example:9261", "https://astera.example:9300"
WANTED, BEFORE = {"port": 9300}, {"port": 9261}
REFUSED = AsteraError("authentication", "astera.example:9261 refused the login of automation (HTTP 401)")
DOWN = AsteraError("unreachable", "astera.example:9261 cannot be reached (Connection refused)")
BROKEN = AsteraError(
    "rejected", "astera.example:9261 could not carry out GET /api/Server/Config (HTTP 500)", status=500
)


class RestartSimulator:
    """A clock, a session and a server in one. timeline: address → what it answers from which second on."""

    def __init__(self, timeline):
        self.timeline = timeline
        self.time = 0.0
        self.clock = self.session = self
        self.connection = Connection(OLD, "automation", Secret("canary-password"))
        self.asked = []

    def monotonic(self):
        return self.time

    def sleep(self, seconds):
        assert seconds >= 0
        self.time += seconds

    def reconnect(self, connection):
        self.connection = connection

    def server_config(self):
        url = self.connection.url
        self.asked.append((round(self.time, 3), url))
        answer = [content for since, content in self.timeline.get(url, [(0, DOWN)]) if since <= self.time][-1]
        if isinstance(answer, AsteraError):
            raise answer
        return answer


def wait(timeline, *urls, seconds=300, leaving=False):
    simulator = RestartSimulator(timeline)
    comeback = RestartWaiter(
        simulator, "port 9261", seconds, lambda now: now == WANTED, ProgressThrottle(lambda _line: None)
    )
    return simulator, lambda: comeback.wait(*(urls or (OLD,)), old_url_may_answer=leaving)


@pytest.mark.parametrize("trouble", [DOWN, BROKEN], ids=["refused connections", "500"])
def test_F26_a_server_that_is_gone_for_a_while(trouble):
    simulator, go = wait({OLD: [(0, BEFORE), (2, trouble), (40, WANTED)]})
    assert go() == WANTED
    assert 40 <= simulator.time <= 43


def test_F26_a_good_answer_is_seen_twice_before_it_is_believed():
    """The old process may answer with what it was just told, and restart then."""
    simulator, go = wait({OLD: [(0, WANTED), (1, DOWN), (20, WANTED)]})
    assert go() == WANTED
    assert simulator.time >= 20


def test_F26_the_new_port_is_followed():
    simulator, go = wait({OLD: [(0, BEFORE), (3, DOWN)], NEW: [(0, DOWN), (10, WANTED)]}, NEW, OLD, leaving=True)
    assert go() == WANTED
    assert simulator.connection.url == NEW


def test_F26_the_old_process_that_already_knows_better_is_not_taken_for_the_new_one():
    simulator, go = wait({OLD: [(0, WANTED), (5, DOWN)], NEW: [(0, DOWN), (8, WANTED)]}, NEW, OLD, leaving=True)
    assert go() == WANTED
    assert simulator.connection.url == NEW


@pytest.mark.parametrize("urls", [(OLD,), (NEW, OLD)], ids=["one address", "two addresses"])
def test_wait_never_repeats_a_refused_login_F28(urls):
    simulator, go = wait({OLD: [(0, DOWN), (5, REFUSED)], NEW: [(0, DOWN), (5, REFUSED)]}, *urls)
    with pytest.raises(AsteraError, match="other accounts") as caught:
        go()
    assert (caught.value.code, caught.value.outcome) == ("authentication", "committed")
    assert "port 9261" in caught.value.message
    assert len([time for time, _url in simulator.asked if time >= 5]) == 1


@pytest.mark.parametrize("trouble", [DOWN, BROKEN], ids=["refused connections", "500"])
def test_F28_a_server_that_never_comes_back_is_told_with_a_way_back(trouble):
    simulator, go = wait({OLD: [(0, trouble)], NEW: [(0, trouble)]}, NEW, OLD, seconds=60)
    with pytest.raises(AsteraError, match="did not come back within 60 seconds") as caught:
        go()
    assert caught.value.outcome == "committed"
    for words in ("astera.example:9300 and astera.example:9261", "To restore the old configuration", "port 9261"):
        assert words in caught.value.message
    assert 58 <= simulator.time <= 60


@pytest.mark.parametrize("gone", [0, 30])
def test_F27_a_server_that_keeps_the_old_configuration_is_given_some_time(gone):
    simulator, go = wait({OLD: [(0, DOWN), (gone, BEFORE)]})
    assert go() == BEFORE
    assert gone + restart.MAX_STALE_SECONDS <= simulator.time <= gone + restart.MAX_STALE_SECONDS + 2


@pytest.mark.parametrize("since", range(12))
def test_no_wait_goes_beyond_its_deadline(since):
    simulator, go = wait({OLD: [(0, DOWN), (since, REFUSED), (since + 2, BEFORE)]}, seconds=10.5)
    with contextlib.suppress(AsteraError):
        go()
    assert simulator.time <= 10.5
