# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notes on this side of what the server was given and will not show again. Private to this collection.

There is no published call that reads a licence. The receipt keeps a fingerprint of it, from which neither the key nor
anything about it can be had at a reasonable price: scrypt with a salt of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Sequence
from typing import Any

from ansible_collections.astera.data_stack.plugins.module_utils._errors import usage

# States: the fingerprint's licence may be on the server or not; its key was accepted; it was activated.
PENDING, REGISTERED, ACTIVATED = "pending", "registered", "activated"


class Note:
    """A small JSON file of this side, mode 0600, replaced as a whole. option: the one that its path was given with."""

    option = ""
    format = 1

    def __init__(self, path: str) -> None:
        self.path = path
        self.content = self._read()

    def keep(self, content: dict[str, Any]) -> None:
        self.content = {"format": self.format, **content}
        folder = os.path.dirname(self.path) or "."
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".astera-")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(self.content, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, self.path)
            except BaseException:
                os.unlink(temporary)
                raise
        except OSError as error:
            raise usage(
                f"{self.option} {self.path} cannot be written ({error.strerror}); give a path in a folder of your own"
            ) from error

    def remove(self) -> None:
        self.content = {}
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def check_writable(self) -> None:
        """Refuse a path that could not be written once it must be."""
        folder = os.path.dirname(os.path.abspath(self.path))
        while not os.path.exists(folder):
            folder = os.path.dirname(folder)
        if os.path.isdir(self.path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
            raise usage(f"{self.option} {self.path} cannot be written; give a file's path in a folder of your own")

    def _read(self) -> dict[str, Any]:
        try:
            with open(self.path, encoding="utf-8") as file:
                content = json.load(file)
        except FileNotFoundError:
            return {}
        except IsADirectoryError as error:
            raise usage(f"{self.option} {self.path} is a folder; give a file's path") from error
        except OSError as error:
            raise usage(
                f"{self.option} {self.path} cannot be read ({error.strerror}); make it readable or remove it"
            ) from error
        except ValueError:
            # Half a note says nothing: as if there were none.
            return {}
        return content if isinstance(content, dict) and content.get("format") == self.format else {}


class Receipt(Note):
    """Which licence a server was given."""

    option = "receipt_path"

    def state_of(self, values: Sequence[str]) -> str | None:
        """PENDING, REGISTERED or ACTIVATED if the receipt is about exactly these values, else None."""
        try:
            salt = bytes.fromhex(self.content["salt"])
            known = bytes.fromhex(self.content["fingerprint"])
            state = str(self.content["state"])
        except (KeyError, TypeError, ValueError):
            return None
        return state if hmac.compare_digest(known, _fingerprint(salt, values)) else None

    def write(self, values: Sequence[str], state: str) -> None:
        salt = os.urandom(16)
        self.keep({"salt": salt.hex(), "fingerprint": _fingerprint(salt, values).hex(), "state": state})


def _fingerprint(salt: bytes, values: Sequence[str]) -> bytes:
    content = json.dumps(list(values)).encode()
    return hashlib.scrypt(content, salt=salt, n=2**14, r=8, p=1, dklen=32)
