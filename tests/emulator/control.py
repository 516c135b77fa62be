# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API for tests in other processes: read the journal and the state, edit objects, add faults."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from .server import Emulator


def make_control_app(emulator: Emulator) -> FastAPI:
    app = FastAPI(title="Control of the emulator", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(LookupError)
    @app.exception_handler(TypeError)
    @app.exception_handler(ValueError)
    async def bad_request(_request: Request, error: Exception) -> Response:
        return JSONResponse({"message": str(error)}, 400)

    @app.get("/_emulator/requests")
    async def requests() -> list[dict[str, Any]]:
        return [entry.as_dict() for entry in emulator.requests]

    @app.delete("/_emulator/requests")
    async def clear() -> None:
        emulator.clear_requests()

    @app.get("/_emulator/state")
    async def state() -> dict[str, Any]:
        found = emulator.state
        for file in found["files"].values():
            content = file["content"]
            file["content"] = None if content is None else base64.b64encode(content).decode()
        return found

    @app.post("/_emulator/edit")
    async def edit(kind: str = Body(), name: str | None = Body(None), keys: dict[str, Any] = Body()) -> None:
        emulator.edit(kind, name, **keys)

    @app.post("/_emulator/seed")
    async def seed(kind: str = Body(), keys: dict[str, Any] = Body()) -> dict[str, Any]:
        return emulator.seed(kind, **keys)

    @app.post("/_emulator/faults")
    async def fault(content: dict[str, Any]) -> None:
        emulator.fail(**{**content, "body": content.get("body", "").encode()})

    @app.post("/_emulator/job-results")
    async def set_job_result(file_path: str = Body(), status: str = Body()) -> None:
        emulator.set_job_result(file_path, status)

    @app.post("/_emulator/expire-tokens")
    async def expire_tokens() -> None:
        emulator.expire_tokens()

    return app
