# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check, hash and stream a local file from one open file to the server. Private to this collection."""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import traceback
from typing import Any, BinaryIO

from .. import _values
from .._errors import AsteraError, usage
from .waiting import ProgressThrottle

try:
    from requests_toolbelt import MultipartEncoder

    LIBRARY_ERROR = None
except ImportError:
    LIBRARY_ERROR = traceback.format_exc()

_BLOCK = 1024 * 1024
# Enough for the header of Ansible Vault, and for blank lines before it.
_HEAD = 256
# The characters that Windows, the header of a form and a query all accept.
_SAFE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ -]*[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_MAX_STEM_LENGTH = 100
# At the end of another file's name.
_HASH = re.compile(r"-[0-9A-F]{12}(?![0-9A-Z])")


class Upload:
    """One file, or string, to be stored on the server.

    kind: ``Car`` or ``Cfg``, as the vendor's article calls the type of a file.
    name: the target name, ``<stem>-<first 12 hex digits of the SHA-256>``: the stored path shows which content it has.
    """

    def __init__(self, kind: str, stem: str, source: BinaryIO, size: int, source_name: str) -> None:
        if LIBRARY_ERROR:
            raise usage(
                "the Python library requests-toolbelt is missing. Install it on the machine where the task runs."
            )
        self.kind = kind
        self.source_name = source_name
        self.size = size
        self._source = source
        self._stamp = self._state()
        self.sha256 = self._digest()
        self.name = f"{stem}-{self.sha256[:12]}"
        # Identifies the file on the server, with the case of its name ignored.
        self.file = (kind, _values.fold_case(self.name))
        self.accepted = False
        self.pace: ProgressThrottle | None = None

    @classmethod
    def from_file(cls, kind: str, option: str, path: str) -> Upload:
        """Open a local file. Raise a usage error if it is missing, a directory, a device, unreadable or empty."""
        stem = validate_stem(option, path)
        source, size = open_for_upload(kind, option, path)
        return cls(kind, stem, source, size, path.replace("\\", "/").rsplit("/", 1)[-1])

    @classmethod
    def from_text(cls, kind: str, stem: str, text: str) -> Upload:
        content = text.encode("utf-8", "surrogateescape")
        refuse_vaulted("config_content", content[:_HEAD])
        return cls(kind, stem, io.BytesIO(content), len(content), "")

    def multipart(self, form_key: str, file_name: str) -> Multipart:
        self._source.seek(0)
        return Multipart(self, self._source, form_key, file_name)

    def check_unchanged(self) -> None:
        """Raise if the file changed since it was hashed, because its name would not match what the server stored."""
        if self._state() != self._stamp:
            raise AsteraError(
                "usage",
                f"{self.source_name} changed while it was sent. Run the task again when no process writes to it.",
            )

    def close(self) -> None:
        self._source.close()

    def report(self, server_path: str | None) -> dict[str, Any]:
        return {"kind": self.kind, "sha256": self.sha256, "size": self.size, "server_path": server_path}

    def _digest(self) -> str:
        digest = hashlib.sha256()
        while block := self._source.read(_BLOCK):
            digest.update(block)
        return digest.hexdigest()

    def _state(self) -> tuple[int, ...]:
        try:
            state = os.fstat(self._source.fileno())
        except io.UnsupportedOperation:
            return ()
        return state.st_size, state.st_mtime_ns, state.st_ino


class Multipart:
    """A form with one file, streamed by requests-toolbelt, that can be sent again from the beginning."""

    def __init__(self, upload: Upload, source: BinaryIO, form_key: str, file_name: str) -> None:
        self._upload = upload
        self._source = source
        self._fields = {form_key: (file_name, source, "application/octet-stream")}
        self._encoder = MultipartEncoder(self._fields)
        self._started = False

    @property
    def content_type(self) -> str:
        return self._encoder.content_type

    def __len__(self) -> int:
        return self._encoder.len

    def read(self, size: int = -1) -> bytes:
        # The length of the form was already sent: a file that grows or shrinks now would break the request.
        self._upload.check_unchanged()
        self._started = True
        if self._upload.pace:
            done, whole = self._source.tell() // 2**20, self._upload.size // 2**20
            self._upload.pace.report(f"{self._upload.name}: {done} of {whole} MiB are sent")
        return self._encoder.read(size)

    def rewind(self) -> None:
        if self._started:
            self._source.seek(0)
            self._encoder = MultipartEncoder(self._fields, boundary=self._encoder.boundary_value)
            self._started = False


def open_for_upload(kind: str, option: str, path: str) -> tuple[BinaryIO, int]:
    """Return the open file and its size. Raise a usage error if it cannot be sent."""
    try:
        # O_NONBLOCK, so that a named pipe is rejected rather than waited for.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise usage(
            f"{option} {path} cannot be read ({error.strerror}). Set the path of a file that exists where the task runs."
        ) from error
    state = os.fstat(descriptor)
    if stat.S_ISREG(state.st_mode) and state.st_size:
        source = os.fdopen(descriptor, "rb", buffering=0)
        try:
            refuse_vaulted(f"{option} {path}", source.read(_HEAD))
            source.seek(0)
        except BaseException:
            source.close()
            raise
        return source, state.st_size
    os.close(descriptor)
    what = "is empty" if stat.S_ISREG(state.st_mode) else "is not a file"
    raise usage(f"{option} {path} {what}. Set the path of a .{kind.lower()} file.")


def read_upload_text(kind: str, option: str, path: str) -> str:
    """Return the text of a local file. Empty for a file that cannot be sent, which the task reports later."""
    try:
        source, _size = open_for_upload(kind, option, path)
    except AsteraError:
        return ""
    with source:
        content = source.read(_BLOCK)
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if wide else "utf-8-sig", "replace")


def refuse_vaulted(what: str, content: bytes) -> None:
    """Raise for encrypted content: the server would replace a working deployment with the ciphertext."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"$ANSIBLE_VAULT"):
        raise usage(
            f"{what} is encrypted with Ansible Vault and cannot be decrypted. Set the vault password that it was encrypted with, for "
            "example with --vault-password-file, or as a vault credential in AWX."
        )


def validate_stem(option: str, path: str) -> str:
    """Return the name of a file without its extension. Raise unless it is valid on the Windows host of the server."""
    name = path.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name[1:] else name
    if not _SAFE_NAME.fullmatch(stem) or _RESERVED.fullmatch(stem) or len(stem) > _MAX_STEM_LENGTH:
        raise usage(
            f"{option} has the file name {name!r}, which is not valid on a Windows server. Use at most {_MAX_STEM_LENGTH} letters, "
            "digits, spaces, '.', '_' or '-', and begin with a letter or digit."
        )
    return stem


def base_name(path: Any) -> str:
    """Return the file name of a path: ``C:\\Deployment\\etl-0123456789ab.Car`` → ``etl-0123456789ab.Car``."""
    return "" if _values.is_empty(path) else str(path).replace("/", "\\").rsplit("\\", 1)[-1]


def is_stored_as(desired: Any, current: Any) -> bool:
    """Return whether a stored file is the wanted one, ``<stem>-<hash of its content>``.

    The directory, the extension and a number that the server adds do not count. Another hash after it makes it another file.
    """
    name, stem = _values.fold_case(base_name(current)), _values.fold_case(str(desired))
    if stem not in name or not stem:
        return False
    before, _stem, after = name.rpartition(stem)
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    return not _HASH.search(after)


def stem_from(name: str) -> str:
    """Return a file name made of the name of an object, for content that has no file."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:_MAX_STEM_LENGTH]
    return stem if stem and not _RESERVED.fullmatch(stem) else "config"
