# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How this server behaves where the documents of the vendor leave it open: one setting for each question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

# Small, so that the tests have more deployments and schedules than one page.
PAGE = 2


def one_of(*values: Any, others: bool = False) -> Any:
    """Return a setting with its plausible values, the default and likeliest first. others: any other value of its type is valid, too."""
    return field(default=values[0], metadata={"values": values, "others": others})  # pylint: disable=invalid-field-call


@dataclass(frozen=True)
class Dialect:
    """The settings of a server. The first value of each is the default, and the likeliest according to published documents."""

    # Every response

    # The case of the keys in responses; mixed: only those of the outermost object are in Pascal case. Requests can have
    # any case.
    key_case: str = one_of("camel", "pascal", "mixed")
    content_type: str = one_of("json", "text", "none")
    # How the body is sent; closing: the server closes the connection after each response.
    transfer: str = one_of("plain", "chunked", "bom", "closing")
    # Whether numbers and booleans are strings, and booleans numbers.
    numbers_as_strings: bool = one_of(False, True)
    booleans_as_numbers: bool = one_of(False, True)
    # How an empty string is shown, and an inner object in which nothing is set.
    empty_as: str = one_of("empty", "null", "absent")
    unset_objects: str = one_of("shown", "null", "absent")
    # Whether objects, also inner ones, have unpublished members.
    unknown_keys: bool = one_of(False, True)
    # Whether objects, also inner ones, have members that the server changes between any two reads, and does not store from
    # requests: next run, last run, counters, heartbeats.
    moving_members: bool = one_of(False, True)
    # Whether paths are matched in any case, as ASP.NET Core does.
    path_case: str = one_of("any", "exact")

    # Errors

    # identity: the list of errors of ASP.NET Identity.
    error_body: str = one_of("json_string", "problem", "validation", "message", "identity", "text", "html", "empty")
    # Whether 401 and 403 have a message.
    denial_body: str = one_of("empty", "words")
    login_failure_status: int = one_of(401, 400, 403)
    # What a login requires besides the password: a configured repository, or an account whose email address is confirmed.
    login_requires: str = one_of("nothing", "repository", "confirmed_email")
    # After how many failed logins the account is locked. 0: never.
    lockout: int = one_of(0, 3, others=True)
    # The status for an expired token.
    expired_status: int = one_of(401, 500)
    # The status for an updateDtTm that is not the current one, and for a name that is taken.
    stale_status: int = one_of(400, 409, 412, 500)
    duplicate_status: int = one_of(400, 409)
    # The status for an update of an unknown id, or what the update does.
    unknown_update: str = one_of("400", "404", "creates")
    # The status of GET /api/Schedule/{id} for an unknown id; 200 has the body null.
    unknown_id_status: int = one_of(404, 200, 204, 400)

    # Login

    token_name: str = one_of("access_token", "accessToken", "token", "AccessToken")
    # Seconds until a token expires.
    token_seconds: int = one_of(3600, others=True)

    # Lists

    # An array, or an object with one: under the name of what is in it, beside a total, as OData's value, as Newtonsoft's
    # $values, or beside a list of errors.
    list_shape: str = one_of("bare", "wrapped", "with_total", "value", "references", "with_errors")
    list_order: str = one_of("by_id", "reversed", "turning")
    # The response for an empty list.
    empty_list: str = one_of("array", "null", "no_content", "not_found")
    # Whether a list of more than PAGE objects is paginated, and what shows that there are more.
    paging: str = one_of("none", "total", "next_link", "has_more", "link_header", "count_header", "partial_content")

    # Configuration, license, cluster

    # What GET /api/Server/Config shows of the repository's password.
    config_password: str = one_of("omit", "mask", "echo", "empty", "null")
    # What a configuration without a password does to the one that is stored.
    password_less_config: str = one_of("keeps", "refused", "forgets")
    # How long the server restarts after a new configuration; 0: it does not. Tokens are invalid afterwards.
    restart_seconds: float = one_of(0.0, 1.0, others=True)
    config_drops_tokens: bool = one_of(False, True)
    # Whether the configuration and the cluster have timestamps, too, which are checked on update.
    singleton_stamps: bool = one_of(False, True)
    # Whether cluster, deployments and schedules can be used before a repository is configured and a license active.
    unconfigured: str = one_of("permissive", "refused")
    # The response to saving the configuration, the cluster or the license.
    write_response: str = one_of("empty", "text", "json_text", "boolean", "object", "no_content")
    # Whether the license's key must be inside LicenseKeyRegistrationModel, may be, or must not.
    license_wrapper: str = one_of("required", "optional", "refused")
    # What activation accepts as an empty string: a length of 0, no body at all, or a length of 0 and the type text/plain.
    activate_body: str = one_of("zero_length", "nothing", "text_plain")
    # The status of GET /api/Cluster, of which only the path is published.
    cluster_get: int = one_of(200, 404, 405)
    # How pauseServersFrom and pauseServersTo are stored.
    pause_times: str = one_of("as_sent", "span", "moment")

    # Files

    upload_response: str = one_of("json_string", "plain_text", "quoted", "object", "with_name", "file_name")
    path_style: str = one_of("backslash", "slash")
    # The name under which a file is stored.
    stored_name: str = one_of("as_asked", "lower", "prefixed", "no_extension")
    # What an upload does if a file of that name exists.
    upload_exists: str = one_of("overwrites", "refused", "numbered")

    # Deployments and schedules

    # The response to saving one; echo: the request, with an id and old timestamps.
    post_response: str = one_of("object", "empty", "id", "boolean", "text", "echo")
    created_status: int = one_of(200, 201)
    timestamp_digits: int = one_of(7, 3, 0)
    # Empty: timestamps have no offset.
    timestamp_offset: str = one_of("-07:00", "Z", "+00:00", "")
    # Whether an update must have exactly the current timestamp, or one that is not older.
    stamp_rule: str = one_of("exact", "not_older")
    missing_stamp: str = one_of("refused", "accepted")
    unique_schedule_names: bool = one_of(False, True)
    names_case_insensitive: bool = one_of(False, True)
    # How names are stored, and comments. Every other string is stored as it was sent.
    name_normalization: str = one_of("as_sent", "composed", "decomposed", "upper")
    text_normalization: str = one_of("as_sent", "trimmed", "crlf")
    # Whether a deployment shows isActive, or has another name for it.
    deployment_activation: str = one_of("shown", "hidden", "renamed")
    # How the startTime of a schedule is stored: as it was sent, the same instant in UTC or in the offset of timestamps, without its
    # fraction, or without its offset.
    start_time: str = one_of("as_sent", "utc", "server_offset", "seconds", "naive")
    # A field that is accepted and not stored.
    drop_field: str = one_of("", others=True)

    # Jobs

    run_path: str = one_of("/api/CommandLineProcessor", "/api/Job/Run", others=True)
    # The form of a job's status.
    job_status: str = one_of("json_string", "plain_text", "object")
    # The status of a job that was never started; 404 is the HTTP status.
    unknown_job: str = one_of("Invalid", "Unknown", "404")

    def __post_init__(self) -> None:
        for item in fields(self):
            allowed = item.metadata["values"]
            if getattr(self, item.name) not in allowed and not item.metadata["others"]:
                raise ValueError(f"{item.name} is {getattr(self, item.name)!r}, and must be one of {allowed}")

    def __str__(self) -> str:
        """Return the settings that are not the default, as ``parse`` takes them."""
        given = [(item.name, getattr(self, item.name), item.metadata["values"][0]) for item in fields(self)]
        return ",".join(f"{name}={value}" for name, value, default in given if value != default) or "default"

    @classmethod
    def values(cls) -> dict[str, tuple[Any, ...]]:
        """Return the plausible values of each setting, the default first."""
        return {item.name: item.metadata["values"] for item in fields(cls)}

    @classmethod
    def preset(cls, name: str) -> Dialect:
        """Return one of the dialects that differ in many settings at once. Raise ``ValueError`` for an unknown name."""
        found = _PRESETS.get(name)
        if found is None:
            raise ValueError(f"no preset is called {name!r}; there are: {', '.join(_PRESETS)}")
        return found

    @classmethod
    def parse(cls, text: str) -> Dialect:
        """Return the dialect of ``pascal``, of ``key_case=pascal,list_shape=wrapped``, or of both: the name of a preset first.

        Raise ``ValueError`` for anything else.
        """
        parts = [part.strip() for part in text.split(",") if part.strip()]
        start = cls.preset(parts.pop(0)) if parts and "=" not in parts[0] else cls()
        types = {item.name: type(getattr(start, item.name)) for item in fields(cls)}
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
        """Yield every preset, then the default with each single setting at each other value."""
        yield from _PRESETS.items()
        for name, allowed in cls.values().items():
            for value in allowed[1:]:
                yield f"{name}={value}", replace(cls(), **{name: value})


_PRESETS = {
    "default": Dialect(),
    "pascal": Dialect(
        key_case="pascal",
        list_shape="wrapped",
        upload_response="object",
        config_password="mask",
        error_body="problem",
        timestamp_offset="+00:00",
        unknown_keys=True,
        token_name="AccessToken",
        singleton_stamps=True,
        job_status="object",
    ),
    "terse": Dialect(
        upload_response="plain_text",
        post_response="empty",
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
        post_response="boolean",
        error_body="message",
        list_order="turning",
        start_time="seconds",
        numbers_as_strings=True,
    ),
    "contrary": Dialect(
        key_case="pascal",
        list_shape="wrapped",
        post_response="id",
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
