# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How this server answers the questions that the vendor's documents leave open: one named setting for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

_CHOICES: dict[str, tuple[object, ...]] = {
    "key_case": ("camel", "pascal"),
    "list_shape": ("bare", "wrapped"),
    "upload_answer": ("json_string", "plain_text", "object"),
    "post_answer": ("object", "empty", "id", "boolean"),
    "config_password": ("omit", "mask", "echo"),
    "timestamp_digits": (7, 3, 0),
    "timestamp_offset": ("-07:00", "Z", "+00:00", ""),
    "unknown_keys": (False, True),
    "unique_schedule_names": (False, True),
    "names_case_insensitive": (False, True),
    "deployment_activation": ("shown", "hidden"),
    "login_failure_status": (401, 400),
    "token_name": ("access_token", "accessToken", "token", "AccessToken"),
    "error_body": ("json_string", "problem", "message", "text", "html", "empty"),
    "cluster_get": (200, 404, 405),
    "cluster_shape": ("object", "list"),
    "numbers_as_strings": (False, True),
    "empty_as": ("empty", "null", "absent"),
    "stale_status": (400, 409),
    "unknown_id_status": (404, 200),
    "restart_seconds": (0.0, 1.0),
    "missing_stamp": ("refused", "accepted"),
    "password_less_config": ("keeps", "refused", "forgets"),
    "start_time": ("as_sent", "utc", "server_offset", "seconds"),
    "list_order": ("by_id", "reversed", "turning"),
    "singleton_stamps": (False, True),
    "path_style": ("backslash", "slash"),
    "job_status": ("json_string", "plain_text", "object"),
    "unknown_job": ("Invalid", "Unknown", "404"),
}


@dataclass(frozen=True)
class Dialect:
    """The first value of each is the default, and the likeliest by what is published."""

    # Spelling of the keys in answers. Requests are read in any case.
    key_case: str = "camel"
    # Whether GET /api/Deployments and /api/Schedules answer an array, or an object with one.
    list_shape: str = "bare"
    upload_answer: str = "json_string"
    # What POST /api/Deployment and /api/Schedule answer.
    post_answer: str = "object"
    # What GET /api/Server/Config shows of the repository's password.
    config_password: str = "omit"
    timestamp_digits: int = 7
    # Empty: time stamps have no offset.
    timestamp_offset: str = "-07:00"
    # Whether objects, those inside others too, have members of which nobody has heard.
    unknown_keys: bool = False
    unique_schedule_names: bool = False
    names_case_insensitive: bool = False
    # Whether a deployment shows isActive.
    deployment_activation: str = "shown"
    login_failure_status: int = 401
    token_name: str = "access_token"
    error_body: str = "json_string"
    # The status of GET /api/Cluster, of which only the path is published.
    cluster_get: int = 200
    cluster_shape: str = "object"
    numbers_as_strings: bool = False
    # How an empty text is shown.
    empty_as: str = "empty"
    # The status for an updateDtTm that is not the present one.
    stale_status: int = 400
    # The status of GET /api/Schedule/{id} for an id that is not there; 200 comes with null.
    unknown_id_status: int = 404
    # How long the server is gone after a new configuration; 0: it stays. Tokens are void afterwards.
    restart_seconds: float = 0.0
    missing_stamp: str = "refused"
    # What a configuration without a password does to the one that is stored.
    password_less_config: str = "keeps"
    # How a schedule's startTime is stored: as it came, the same instant in UTC or in the offset of time stamps, or without
    # its fraction.
    start_time: str = "as_sent"
    list_order: str = "by_id"
    # Whether the configuration and the cluster's settings have time stamps, too, checked on update.
    singleton_stamps: bool = False
    path_style: str = "backslash"
    # The form of a job's status.
    job_status: str = "json_string"
    # The status of a job that was never started; 404 is that of the answer.
    unknown_job: str = "Invalid"
    # A field that is accepted and not stored.
    drop_field: str = ""
    # Seconds until a token expires.
    token_seconds: int = 3600

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed and name != "restart_seconds":
                raise ValueError(f"{name} is {getattr(self, name)!r}, and must be one of {allowed}")

    @classmethod
    def preset(cls, name: str) -> Dialect:
        """One of the dialects that differ in many settings at once. Raises ``ValueError`` for a name that is none."""
        found = _PRESETS.get(_DESCRIBED.get(name, name))
        if found is None:
            raise ValueError(f"no preset is called {name!r}; there are: {', '.join([*_PRESETS, *_DESCRIBED])}")
        return found

    @classmethod
    def parse(cls, text: str) -> Dialect:
        """``pascal`` or ``key_case=pascal,list_shape=wrapped`` or both: a preset's name first.

        Raises ``ValueError`` for what is neither.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        start = cls.preset(parts.pop(0)) if parts and "=" not in parts[0] else cls()
        types = {field.name: type(getattr(start, field.name)) for field in fields(cls)}
        changes = {}
        for part in parts:
            name, _equals, value = part.partition("=")
            if name not in types:
                raise ValueError(f"no dialect setting is called {name!r}; there are: {', '.join(types)}")
            if types[name] is bool and value.lower() not in ("true", "false"):
                raise ValueError(f"{name} is true or false, not {value!r}")
            changes[name] = value.lower() == "true" if types[name] is bool else types[name](value)
        return replace(start, **changes)

    @classmethod
    def sweep(cls) -> Iterator[tuple[str, Dialect]]:
        """Every preset, then the default with each single setting at each other value."""
        yield from _PRESETS.items()
        for name, allowed in _CHOICES.items():
            for value in allowed[1:]:
                yield f"{name}={value}", replace(cls(), **{name: value})


_PRESETS = {
    "default": Dialect(),
    "pascal": Dialect(
        key_case="pascal",
        list_shape="wrapped",
        upload_answer="object",
        config_password="mask",
        error_body="problem",
        timestamp_offset="+00:00",
        unknown_keys=True,
        token_name="AccessToken",
        singleton_stamps=True,
        job_status="object",
    ),
    "terse": Dialect(
        upload_answer="plain_text",
        post_answer="empty",
        error_body="empty",
        timestamp_digits=3,
        timestamp_offset="Z",
        empty_as="null",
        deployment_activation="hidden",
        list_order="reversed",
        start_time="utc",
        path_style="slash",
        job_status="plain_text",
    ),
    "chatty": Dialect(
        unknown_keys=True,
        config_password="echo",
        post_answer="boolean",
        error_body="message",
        list_order="turning",
        start_time="seconds",
        numbers_as_strings=True,
        cluster_shape="list",
    ),
    "contrary": Dialect(
        key_case="pascal",
        list_shape="wrapped",
        post_answer="id",
        empty_as="absent",
        stale_status=409,
        unknown_id_status=200,
        unique_schedule_names=True,
        names_case_insensitive=True,
        password_less_config="forgets",
        login_failure_status=400,
        error_body="html",
        restart_seconds=1.0,
        unknown_job="404",
    ),
}
# The same by what they are like.
_DESCRIBED = {
    "pascal_wrapped": "pascal",
    "plain_text_empty_posts": "terse",
    "unknown_everything": "chatty",
    "hostile": "contrary",
}
