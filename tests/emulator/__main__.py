# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator on its own: ``python -m ansible_collections.astera.data_stack.tests.emulator --help``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from .dialect import Dialect
from .reports import dialect_from_report, load_report
from .server import Emulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="emulator", description="An emulated Astera Integration Server on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=9261, help="0 for a free one (default: %(default)s)")
    parser.add_argument(
        "--announce", metavar="FILE", help="where to write url, ca_path, username, password and pid (mode 0600)"
    )
    parser.add_argument(
        "--state-dir", metavar="DIR", help="where to keep the state and the CA (default: a temporary directory)"
    )
    parser.add_argument(
        "--database", metavar="URL", help="an SQLAlchemy URL for the state, to share it with another emulator"
    )
    dialect = parser.add_mutually_exclusive_group()
    dialect.add_argument(
        "--dialect", type=_dialect, default="", help="a preset, settings as key=value, or both, separated by commas"
    )
    dialect.add_argument(
        "--from-report",
        type=_report,
        dest="dialect",
        metavar="FILE",
        help="respond like the server of a report of astera_compatibility_info; unknown settings keep their defaults",
    )
    parser.add_argument("--latency-ms", type=float, default=0.0, help="milliseconds to add to each response")
    parser.add_argument("--no-tls", action="store_true", help="serve http")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    emulator = Emulator(
        options.dialect,
        tls=not options.no_tls,
        port=options.port,
        database=options.database,
        folder=options.state_dir,
        latency=options.latency_ms / 1000,
        username=os.environ.get("EMULATOR_USERNAME", "automation"),
        password=os.environ.get("EMULATOR_PASSWORD"),
    )
    emulator.log_to(lambda line: print(line, file=sys.stderr, flush=True))
    emulator.serve_forever(lambda: _announce(emulator, options.announce))


def _dialect(text: str) -> Dialect:
    try:
        return Dialect.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _report(path: str) -> Dialect:
    try:
        return dialect_from_report(load_report(path))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _announce(emulator: Emulator, target: str | None) -> None:
    content = {
        "url": emulator.url,
        "ca_path": emulator.ca_path,
        "username": emulator.username,
        "password": emulator.password,
        "pid": os.getpid(),
    }
    if target is None:
        shown = {**content, "password": "(set EMULATOR_PASSWORD to choose it, or use --announce to read it)"}
        print(json.dumps(shown, indent=2), file=sys.stderr)
        return
    place = Path(target)
    descriptor, temporary = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
    os.replace(temporary, place)


if __name__ == "__main__":
    main()
