# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated requests, well-formed and malformed, to each call of the emulator's own OpenAPI document."""

from __future__ import annotations

import re

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from hypothesis import HealthCheck, given, settings

from .conftest import Client
from .test_contract import CALLS

pytestmark = pytest.mark.full


@pytest.mark.parametrize("preset", ["default", "pascal", "chatty"])
def test_emulator_answers_generated_requests_as_its_document_says(preset):
    # Slow to import, and this test is not in the default run.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import status_code_conformance

    tried = set()

    def send_requests(operation, **options):
        @given(case=operation.as_strategy())
        @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def send_request(case):
            case.call_and_validate(checks=[not_a_server_error, status_code_conformance], **options)
            tried.add((operation.method.upper(), re.sub(r"{\w+}", "1", operation.path)))

        send_request()

    with Emulator(Dialect.preset(preset)) as server:
        headers = {"Authorization": Client(server).session.headers["Authorization"]}
        document = schemathesis.openapi.from_url(f"{server.url}/openapi.json", verify=server.ca_path)
        for operation in document.get_all_operations():
            send_requests(operation.ok(), headers=headers, verify=server.ca_path)
    assert tried == {*CALLS, ("POST", "/api/account/login")}
