# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder with a configuration of the inventory and exports beside it."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.astera.data_stack.plugins.plugin_utils._export import files
from ansible_collections.astera.data_stack.tests.inventories import NAME, Reader

TAKEN_AT = "2026-11-01T00:00:00Z"


@pytest.fixture(scope="session")
def reader(tmp_path_factory):
    reader = Reader(tmp_path_factory.mktemp("home"))
    yield reader
    reader.close()


class Desk:
    def __init__(self, folder, reader):
        self.folder = folder
        self.exports = folder / "exports"
        self.exports.mkdir()
        self._reader = reader

    def put(self, name, content):
        """A file of the exports, as it is given."""
        path = self.exports / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def export(self, name, *, url="https://{}:9261", version=None, **parts):
        """What the role writes of a server."""
        snapshot = {"server_config": {}, "cluster": {}, "deployments": [], "schedules": [], **parts}
        address = url.format(name)
        self.put(f"{name}.yml", files.variables(snapshot, address, "declare"))
        server = None if version is None else {"Version": version}
        self.put(f"{name}.json", files.snapshot_file(snapshot, address, TAKEN_AT, server))

    def configure(self, name="some.astera.yml", **options):
        path = self.folder / name
        path.write_text(yaml.safe_dump({"plugin": NAME, **options}, sort_keys=False), encoding="utf-8")
        return path

    def read(self, _variables=None, **options):
        return self._reader.read(self.configure(**options), **(_variables or {}))


@pytest.fixture
def desk(tmp_path, reader):
    return Desk(tmp_path, reader)


@pytest.fixture
def exported(desk):
    """What an inventory makes of all exports, with these other options."""

    def read(_variables=None, **options):
        return desk.read(_variables, exports=["exports"], **options)

    return read
