# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils._client.upload import Upload, stem_from, validate_stem
from ansible_collections.astera.data_stack.plugins.module_utils._errors import AsteraError
from hypothesis import given
from hypothesis import strategies as st

CONTENT = b"PK\x03\x04" + bytes(range(256)) * 5000


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "nightly etl.v2.car"
    path.write_bytes(CONTENT)
    return path


def body_of(upload):
    body = upload.multipart("ArchiveFile", f"{upload.name}.car")
    pieces = []
    while piece := body.read(8192):
        pieces.append(piece)
    return body, b"".join(pieces)


def test_upload_name_has_the_hash_of_the_content(archive):
    upload = Upload.from_file("Car", "archive", str(archive))
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert (upload.sha256, upload.size, upload.name) == (digest, len(CONTENT), f"nightly etl.v2-{digest[:12]}")
    upload.close()


def test_upload_sends_the_same_bytes_each_time(archive):
    upload = Upload.from_file("Car", "archive", str(archive))
    body, first = body_of(upload)
    assert len(body) == len(first)
    assert CONTENT in first
    body.rewind()
    again = b""
    while piece := body.read(99999):
        again += piece
    assert again == first
    upload.close()


@pytest.mark.parametrize("change", [lambda file: file.write(b"more"), lambda file: file.truncate(100)])
def test_upload_stops_if_the_file_changes(archive, change):
    upload = Upload.from_file("Car", "archive", str(archive))
    body = upload.multipart("ArchiveFile", "x.car")
    body.read(8192)
    with open(archive, "ab") as file:
        change(file)
    os.utime(archive, ns=(1, 1))
    with pytest.raises(AsteraError, match="changed while it was sent"):
        body.read(8192)
    upload.close()


def missing(tmp_path):
    return tmp_path / "none.car"


def empty(tmp_path):
    path = tmp_path / "empty.car"
    path.touch()
    return path


def folder(tmp_path):
    path = tmp_path / "folder.car"
    path.mkdir()
    return path


def pipe(tmp_path):
    path = tmp_path / "pipe.car"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [(missing, "cannot be read"), (empty, "is empty"), (folder, "is not a file"), (pipe, "is not a file")],
)
def test_upload_rejects_other_files(tmp_path, make, says):
    with pytest.raises(AsteraError, match=says) as caught:
        Upload.from_file("Car", "archive", str(make(tmp_path)))
    assert caught.value.code == "usage"


@pytest.mark.parametrize(
    "name",
    [
        "..\\evil.car",
        "C:evil.car",
        "a\nb.car",
        "a:b.car",
        "..car",
        "con.car",
        "LPT1.car",
        "a?.car",
        'a"b.car',
        " a.car",
        "-a.car",
        "x" * 200 + ".car",
        "é.car",
        "a .car",
        "%2e.car",
    ],
)
def test_validate_stem_rejects_names_with_a_path(name):
    with pytest.raises(AsteraError, match="is not valid on a Windows server"):
        validate_stem("archive", f"/somewhere/{name}")


@pytest.mark.parametrize(
    ("path", "stem"),
    [("/a/etl.car", "etl"), ("etl", "etl"), ("/a/b.c/My Flow-2.0.car", "My Flow-2.0"), ("x_1.CAR", "x_1")],
)
def test_validate_stem_accepts_other_names(path, stem):
    assert validate_stem("archive", path) == stem


@given(st.text(max_size=40))
def test_stem_of_every_deployment_name_is_valid(name):
    assert validate_stem("config", stem_from(name) + ".cfg") == stem_from(name)


def test_upload_sends_text_like_a_file():
    upload = Upload.from_text("Cfg", "nightly", "a=1\n")
    body, content = body_of(upload)
    assert upload.name == "nightly-" + hashlib.sha256(b"a=1\n").hexdigest()[:12]
    assert b"a=1\n" in content
    assert len(body) == len(content)


@pytest.mark.parametrize("before", [b"", b"\n", b"  ", b"\xef\xbb\xbf"], ids=repr)
def test_upload_refuses_ciphertext_of_ansible_vault_A1(tmp_path, before):
    """Also on a target, where no vault password is known."""
    content = before + b"$ANSIBLE_VAULT;1.1;AES256\n6162\n"
    (tmp_path / "a.car").write_bytes(content)
    with pytest.raises(AsteraError, match="Ansible Vault"):
        Upload.from_file("Car", "archive", str(tmp_path / "a.car"))
    with pytest.raises(AsteraError, match="config_content is encrypted with Ansible Vault"):
        Upload.from_text("Cfg", "a", content.decode())


def test_upload_sends_what_only_mentions_ansible_vault(tmp_path):
    content = b"# $ANSIBLE_VAULT;1.1;AES256\n"
    (tmp_path / "a.cfg").write_bytes(content)
    upload = Upload.from_file("Cfg", "config", str(tmp_path / "a.cfg"))
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    upload.close()
