# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Local files: private whatever the umask, whole or not at all, and one owner at a time."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import stat
from pathlib import Path

import pytest
from ansible_collections.astera.data_stack.extensions.eda.plugins.event_source import drift
from ansible_collections.astera.data_stack.plugins.module_utils import _files
from ansible_collections.astera.data_stack.plugins.module_utils._client import snapshot
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from ansible_collections.astera.data_stack.plugins.module_utils._kinds import license
from ansible_collections.astera.data_stack.plugins.module_utils._kinds.license import (
    ACTIVATED,
    PENDING,
    REGISTERED,
    LicenseReceipt,
)
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[4]
URL = "https://a.example:9261"
LICENSE = (URL, "user", "organization", "canary-key-1234")
NOBODY = 65534


def refused(error, *, file_system=(errno.ENOLCK, errno.ENOTSUP)):
    """A function that fails as on a file system without the feature."""

    def call(*_arguments, **_keywords):
        raise OSError(error, os.strerror(error))

    return call


@pytest.fixture
def receipt(tmp_path):
    return lambda *parts: LicenseReceipt(str(tmp_path.joinpath(*parts or ("license.json",))))


# Names


@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_file_name_keeps_identities_apart_A3(first, second):
    names = {_files.file_name(*first).casefold(), _files.file_name(*second).casefold()}
    assert len(names) == len({tuple(first), tuple(second)})
    for name in names:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*\.json|[._-][a-z0-9._-]*\.json", name)
        assert len(name) <= 100


def test_file_name_is_readable_A3():
    assert _files.file_name("Production 2").startswith("Production-2-")
    assert _files.file_name("東京") != _files.file_name("大阪")
    assert _files.resolve_path("/a/b.json", "x") == "/a/b.json"
    assert _files.resolve_path("/a/", "x") == f"/a/{_files.file_name('x')}"


def test_roles_and_examples_make_no_file_names_of_their_own_A3():
    """A name that is cut to safe characters is the name of another one, too."""
    texts = [path for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.y*ml")]
    assert texts
    assert [str(path) for path in texts if re.search(r"regex_replace\('\[\^", path.read_text(encoding="utf-8"))] == []


# Private files


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_state_file_and_its_directories_are_private_with_umask_000_E15(tmp_path, receipt, open_umask):
    receipt("deep", "er", "license.json").write(URL, LICENSE, ACTIVATED)
    receipt("deep", "er", "license.json").write(URL, LICENSE, ACTIVATED)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep").rglob("*")}
    assert modes == {"er": 0o700, "license.json": 0o600}
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700


def test_state_file_refuses_links_E15(tmp_path, receipt):
    real = tmp_path / "real"
    receipt("real", "license.json").write(URL, LICENSE, ACTIVATED)
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "link.json").symlink_to(real / "license.json")
    with pytest.raises(AsteraError, match="symbolic link"):
        receipt("link", "license.json").check_writable()
    with pytest.raises(AsteraError, match="symbolic link"):
        receipt("link", "other.json").save({})
    with pytest.raises(AsteraError, match="symbolic link"):
        receipt("link.json")


@pytest.mark.parametrize("what", ["file", "directory"])
def test_state_file_refuses_another_users_E15(tmp_path, receipt, monkeypatch, what):
    """The user of this process changes, because only root can give a file to another user."""
    receipt("states", "license.json").write(URL, LICENSE, ACTIVATED)
    foreign = tmp_path / "states" / "license.json" if what == "file" else tmp_path / "states"
    kept = (os.fstat, os.lstat)

    def seen(number, result):
        owner = NOBODY if result.st_ino == foreign.stat().st_ino else os.geteuid()
        return os.stat_result([*result[:4], owner, *result[5:10]])

    monkeypatch.setattr(_files.os, "fstat", lambda fd: seen(0, kept[0](fd)))
    monkeypatch.setattr(_files.os, "lstat", lambda path: seen(1, kept[1](path)))
    with pytest.raises(AsteraError, match="owned by another user"):
        receipt("states", "license.json").check_writable()


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_state_file_refuses_what_others_can_write_E15(tmp_path, receipt, mode):
    receipt().write(URL, LICENSE, ACTIVATED)
    (tmp_path / "license.json").chmod(mode)
    with pytest.raises(AsteraError, match="writable by other users"):
        receipt()


@pytest.mark.timeout(20)
def test_only_regular_files_are_opened_E15(tmp_path, receipt):
    """A pipe without another end never hangs."""
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(AsteraError, match="not a regular file"):
        receipt("pipe.json")
    with pytest.raises(AsteraError, match="a directory"):
        LicenseReceipt(str(tmp_path))
    with pytest.raises(AsteraError, match="not a regular file"):
        snapshot.load(f"snapshot:{tmp_path / 'pipe.json'}")
    assert drift._read(str(tmp_path / "pipe.json")) == b""


def test_failed_write_leaves_no_file(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_files.os, "fsync", full)
    for write in (_files.write_atomically, _files.create_exclusively):
        with pytest.raises(OSError, match="No space"):
            write(str(tmp_path / "file"), b"content")
        assert list(tmp_path.iterdir()) == []


# One owner at a time


def test_state_file_is_created_by_one_of_two_A4(tmp_path, receipt):
    first, second = receipt(), receipt()
    first.save({"run": 1})
    with pytest.raises(AsteraError) as raised:
        second.save({"run": 2})
    assert raised.value.code == "conflict"
    assert str(tmp_path) in raised.value.message
    assert receipt().content == {"run": 1}


@pytest.mark.parametrize("change", ["save", "remove"])
def test_state_file_is_not_changed_once_another_run_has_A4(receipt, change):
    receipt().save({"run": 1})
    first, second = receipt(), receipt()
    second.save({"run": 2})
    with pytest.raises(AsteraError) as raised:
        first.save({"run": 1}) if change == "save" else first.remove()
    assert raised.value.code == "conflict"
    assert receipt().content == {"run": 2}
    second.remove()
    assert not receipt().exists


# File systems without locks or hard links


@pytest.mark.parametrize("error", [errno.ENOLCK, errno.ENOTSUP, errno.EBADF])
def test_locks_have_a_fallback_B2(tmp_path, receipt, monkeypatch, error):
    monkeypatch.setattr(fcntl, "flock", refused(error))
    with _files.locked(str(tmp_path / "lock")):
        pass
    receipt().save({"run": 1})
    receipt().save({"run": 2})
    receipt().remove()
    assert not receipt().exists


def test_locked_passes_the_error_of_its_body(tmp_path):
    with pytest.raises(OSError, match="body"), _files.locked(str(tmp_path / "lock")):
        raise OSError("body")


@pytest.mark.parametrize("error", [errno.EPERM, errno.EMLINK, errno.EXDEV, errno.ENOTSUP])
def test_hard_links_have_a_fallback_B2(tmp_path, monkeypatch, error):
    (tmp_path / "a").write_bytes(b"content")
    monkeypatch.setattr(os, "link", refused(error))
    path = _files.link_or_copy(str(tmp_path / "a"), str(tmp_path / "b"))
    assert Path(path).read_bytes() == b"content"


# The receipt of a license


def test_receipt_is_known_in_the_next_run(receipt):
    path = ("deep", "er", "license.json")
    assert receipt(*path).state_of(LICENSE) is None
    for state in (PENDING, REGISTERED, ACTIVATED):
        receipt(*path).write(URL, LICENSE, state)
        assert receipt(*path).state_of(LICENSE) == state
    for place in range(4):
        other = [*LICENSE]
        other[place] += "x"
        assert receipt(*path).state_of(other) is None


def test_receipt_holds_nothing_of_the_license(tmp_path, receipt):
    path = tmp_path / "license.json"
    receipt().write(URL, LICENSE, ACTIVATED)
    first = path.read_text()
    assert not [part for part in LICENSE[1:] if part in first]
    receipt().write(URL, LICENSE, ACTIVATED)
    assert path.read_text() != first, "a salt of its own each time"


def test_receipt_is_private_and_nothing_else_is_left(tmp_path, receipt):
    receipt("receipts", "license.json").write(URL, LICENSE, ACTIVATED)
    assert os.listdir(tmp_path / "receipts") == ["license.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "salt": "zz"}', "null", "x: 1"])
def test_receipt_of_unknown_content_is_refused_A3(tmp_path, receipt, content):
    """It might be any file of the user, given by mistake."""
    (tmp_path / "license.json").write_text(content)
    (tmp_path / "license.json").chmod(0o600)
    assert receipt().state_of(LICENSE) is None
    with pytest.raises(AsteraError, match="not a receipt"):
        receipt().check_server(URL)


def test_receipt_of_another_server_is_refused_A3(receipt):
    receipt().write(URL, LICENSE, ACTIVATED)
    receipt().check_server(URL)
    with pytest.raises(AsteraError, match=r"https://a\.example:9261, not that of https://b\.example:9261"):
        receipt().check_server("https://b.example:9261")


# Hashes


def test_hashes_work_in_fips_mode_B1(receipt, monkeypatch):
    for name in ("scrypt", "md5", "sha1"):
        monkeypatch.setattr(hashlib, name, refused(errno.EINVAL), raising=False)
    receipt().write(URL, LICENSE, ACTIVATED)
    assert receipt().state_of(LICENSE) == ACTIVATED
    # What the FIPS provider of OpenSSL asks of PBKDF2.
    assert license._ITERATIONS >= 1000


def test_no_plugin_uses_what_fips_mode_refuses_B1():
    sources = [path for folder in ("plugins", "extensions") for path in (ROOT / folder).rglob("*.py")]
    assert sources
    found = re.compile(r"\b(scrypt|md5|sha1|blake2[bs])\b|hashlib\.new")
    assert [str(path) for path in sources if found.search(path.read_text(encoding="utf-8"))] == []


def test_no_plugin_writes_a_file_past_the_module_for_it():
    """What is left is the directory for a decrypted copy, in Ansible's own temporary directory."""
    writing = re.compile(
        r"""os\.(replace|rename|makedirs|mkdir|link|symlink|chmod)\(|mkstemp|open\([^)]*["'][wax]b?["']|write_text|flock"""
    )
    files = [path for path in (ROOT / "plugins").rglob("*.py") if path.name != "_files.py"]
    lines = [(path.name, line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert [found for found in lines if writing.search(found[1])] == []


def test_audit_report_and_export_create_private_directories_E15(tmp_path, open_umask):
    """Both write their files through the same function; a directory that is a link is refused before its target is changed."""
    path = tmp_path / "exports" / "night" / "a.json"
    _files.write_atomically(str(path), b"{}")
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in (tmp_path / "exports").rglob("*")}
    assert modes == {"night": 0o700, "a.json": 0o600}
    assert stat.S_IMODE((tmp_path / "exports").stat().st_mode) == 0o700
    target = tmp_path / "target"
    target.mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OSError, match="symbolic link"):
        _files.write_atomically(str(tmp_path / "link" / "a.json"), b"{}")
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
    assert list(target.iterdir()) == []
    (target / "a.json").symlink_to(path)
    _files.write_atomically(str(target / "a.json"), b"new")
    assert path.read_bytes() == b"{}"
