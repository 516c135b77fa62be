# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator accepts the samples of the vendor's article as they are published."""

from __future__ import annotations

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Dialect
from ansible_collections.astera.data_stack.tests.unit.plugins.modules import test_vendor_samples as vendor_samples

from .conftest import FILE

REPLAYED = [
    Dialect(**{name: value})
    for name, value in [
        ("key_case", "camel"),
        ("unconfigured", "refused"),
        ("path_case", "exact"),
        ("activate_body", "text_plain"),
    ]
]


@pytest.mark.parametrize("dialect", [*REPLAYED, Dialect.preset("pascal"), Dialect.preset("chatty")], ids=str)
def test_vendor_samples_work_in_the_order_of_the_article(serve, dialect):
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
