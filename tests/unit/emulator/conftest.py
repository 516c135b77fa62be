# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the emulator share: a running one, and a client."""

from __future__ import annotations

import contextlib
import json

import pytest
import requests
from ansible_collections.astera.data_stack.tests.emulator import Emulator

DAILY = {
    "dailyScheduleBase": {
        "startTime": "2026-01-02T03:04:05.1234567-07:00",
        "typeName": "Astera.Core.DailyScheduleEveryDay",
    },
    "typeName": "Astera.Core.DailySchedule",
}
FILE = {"ArchiveFile": ("a.car", b"PK archive")}


class Client:
    """Plain requests with a token. verify goes with each call, since variables of the environment win over the session's."""

    def __init__(self, server, username=None, password=None):
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False
        answer = self.login(username or server.username, password or server.password)
        if answer.ok:
            self.session.headers["Authorization"] = f"Bearer {self.token_in(answer)}"

    def token_in(self, answer):
        return json.loads(answer.content.decode("utf-8-sig"))[self.server.dialect.token_name]

    def call(self, method, path, **options):
        return self.session.request(method, self.server.url + path, verify=self.server.ca_path, timeout=20, **options)

    def login(self, username, password, **more):
        body = {"User": username, "Password": password, "RememberMe": 0, **more}
        return self.call("POST", "/api/account/login", json=body)

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.call("POST", path, json=json, **options)

    def good(self, answer):
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer

    def read(self, path):
        return self.good(self.get(path)).json()

    def create(self, kind, **keys):
        """→ the object as it is stored."""
        self.good(self.post(f"/api/{kind}", keys))
        return self.server.state[f"{kind.lower()}s"][-1]


@pytest.fixture
def serve():
    """Start an emulator that lasts as long as the test → a client of it."""
    with contextlib.ExitStack() as stack:

        def start(dialect=None, **options):
            return Client(stack.enter_context(Emulator(dialect, **options)))

        yield start


@pytest.fixture
def client(serve):
    return serve()
