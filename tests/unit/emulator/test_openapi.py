# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator is driven from its own OpenAPI document, and takes the samples of the vendor's article as they are published."""

from __future__ import annotations

import re

import pytest
from ansible_collections.astera.data_stack.tests import dialects
from ansible_collections.astera.data_stack.tests.emulator import Dialect, Emulator
from ansible_collections.astera.data_stack.tests.unit.plugins.modules import test_vendor_samples as vendor_samples
from hypothesis import HealthCheck, given, settings

from .conftest import FILE, Client
from .test_contract import CALLS

DIALECTS = [Dialect(), Dialect.preset("pascal"), Dialect.preset("chatty")]


@pytest.fixture(
    scope="module",
    params=[DIALECTS[0], *(pytest.param(dialect, marks=pytest.mark.full) for dialect in DIALECTS[1:])],
    ids=["default", "pascal", "chatty"],
)
def driven(request):
    with Emulator(request.param) as server:
        yield Client(server)


@pytest.mark.full
def test_every_call_answers_what_the_document_says(driven):
    """Neither well-formed nor malformed requests break it, and each is answered with a status that is listed."""
    # Slow to import, and this test is not in the default run.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import status_code_conformance

    trust = {"verify": driven.server.ca_path}
    document = schemathesis.openapi.from_url(f"{driven.server.url}/openapi.json", **trust)
    tried = set()

    def drive(operation):
        @given(case=operation.as_strategy())
        @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def attempt(case):
            headers = {"Authorization": driven.session.headers["Authorization"]}
            case.call_and_validate(headers=headers, **trust, checks=[not_a_server_error, status_code_conformance])
            tried.add((operation.method.upper(), operation.path))

        attempt()

    for operation in document.get_all_operations():
        drive(operation.ok())
    assert {(method, re.sub(r"{\w+}", "1", path)) for method, path in tried} == {*CALLS, ("POST", "/api/account/login")}


REPLAYED = [
    Dialect(**{name: value})
    for name, value in [
        ("key_case", "camel"),
        ("unconfigured", "refused"),
        ("path_case", "exact"),
        ("activate_body", "text_plain"),
    ]
]


@pytest.mark.parametrize("dialect", [*REPLAYED, *DIALECTS[1:]], ids=dialects.described)
def test_the_articles_samples_in_its_order(serve, dialect):
    """Each body as it is published, one after the other as a reader of the article would send them."""
    client = serve(dialect)
    assert client.login(client.server.username, client.server.password, RememberMe=1).status_code == 200
    config = vendor_samples.SERVER_BODY
    if dialect.singleton_stamps:
        stamp = {key: value for key, value in client.read("/api/Server/Config").items() if key.lower().endswith("dttm")}
        config = {**config, **stamp}
    client.good(client.post("/api/Server/Config", config))
    client.good(client.post("/api/License/Key", vendor_samples.LICENSE_BODY))
    client.good(client.call("POST", "/api/License/Activate", data=b"", headers={"Content-Type": "text/plain"}))
    assert client.server.state["license"]["active"] is True
    cluster = vendor_samples.CLUSTER_BODY
    if dialect.singleton_stamps:
        cluster = {
            **cluster,
            **{key: value for key, value in client.read("/api/Cluster").items() if key.endswith("DtTm")},
        }
    client.good(client.post("/api/Cluster", cluster))
    client.good(client.post("/api/UploadFile?FileTypes=Car&TargetFileName=Testing", files=FILE))
    client.good(client.post("/api/UploadFile?FileTypes=Cfg&TargetFileName=Testing", files=FILE))
    client.good(client.post("/api/UploadCarFile", files={"Archive": ("Testing.car", b"PK")}))
    assert "C:\\Deployment\\Testing.Car" in client.server.state["files"]
    client.good(client.post("/api/Deployment", vendor_samples.DEPLOYMENT_BODY))
    assert client.post("/api/Deployment", vendor_samples.DEPLOYMENT_BODY).status_code == 400
    (stored,) = client.server.state["deployments"]
    shown = {key: stored[key] for key in ("id", "updateDtTm", "createdDtTm")}
    renamed = {**vendor_samples.DEPLOYMENT_BODY, **shown, "name": "DeploymentTesting_Modified"}
    client.good(client.post("/api/Deployment", renamed))
    assert client.post("/api/Deployment", renamed).status_code == 400
    client.good(client.post("/api/Schedule", vendor_samples.SCHEDULE_BODY))
    (schedule,) = client.server.state["schedules"]
    client.good(client.post("/api/Schedule", {**schedule, "isActive": False}))
    assert client.post("/api/Schedule", schedule).status_code == 400
