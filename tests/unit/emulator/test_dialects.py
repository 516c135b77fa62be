# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each setting visibly does what it says, and nothing of it is seen without it."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import time

import pytest
from ansible_collections.astera.data_stack.tests.emulator import Dialect

from .conftest import DAILY, FILE
from .test_contract import raw

pytestmark = pytest.mark.each_value

SENT = DAILY["dailyScheduleBase"]["startTime"]


def deployment(client):
    client.create("Deployment", name="D")
    return client.read("/api/Deployments")[0]


def upload(client):
    return client.post("/api/UploadFile?FileTypes=Car&TargetFileName=a", files=FILE)


def start(client):
    return client.create("Schedule", name="S", isFile=True, schedule=DAILY)["schedule"]["dailyScheduleBase"][
        "startTime"
    ]


def order(client):
    for name in "ABC":
        client.create("Deployment", name=name)
    return ["".join(item["name"] for item in client.read("/api/Deployments")) for _turn in range(2)]


def stored_password(client):
    config = client.read("/api/Server/Config")
    config["serverDbInfo"].update({"dataProvider": "SqlServer", "password": "kept"})
    client.good(client.post("/api/Server/Config", config))
    del config["serverDbInfo"]["password"]
    status = client.post("/api/Server/Config", config).status_code
    return status, client.server.state["server_config"]["serverDbInfo"]["password"]


def shown_password(client):
    client.server.edit_server_config(serverDbInfo={"password": "told"})
    return client.read("/api/Server/Config")["serverDbInfo"].get("password")


def twice(client, kind, first, second, **keys):
    client.create(kind, name=first, **keys)
    return client.post(f"/api/{kind}", {"name": second, **keys}).status_code


def stale(client):
    first = client.create("Deployment", name="D")
    return client.post("/api/Deployment", {**first, "updateDtTm": "2001-01-01T00:00:00Z"}).status_code


def unstamped(client):
    first = client.create("Deployment", name="D")
    return client.post("/api/Deployment", {"id": first["id"], "name": "D"}).status_code


def posted(client):
    return client.good(client.post("/api/Deployment", {"name": "D"})).text


def refusal(client):
    answer = client.post("/api/Deployment", {})
    return answer.headers.get("content-type", "").split(";")[0], answer.text[:10]


def unknown_id(client):
    answer = client.get("/api/Schedule/9")
    return answer.status_code, answer.text


def nested(client):
    client.server.seed_schedule(name="S", schedule=DAILY)
    config, schedule = client.read("/api/Server/Config"), client.read("/api/Schedules")[0]
    return [
        "futureFlag" in config,
        "futureDetail" in config["serverDbInfo"],
        "futureDetail" in schedule["schedule"]["dailyScheduleBase"],
        "futureFlag" in deployment(client),
    ]


def moving(client):
    """Which members differ between two reads, what was sent of them included, and whether they are stored."""
    client.server.seed_schedule(name="S", schedule=DAILY, isFile=True)
    first, second = client.read("/api/Schedules")[0], client.read("/api/Schedules")[0]
    sent = client.post("/api/Schedule", {**second, "runCount": 1}).status_code
    third = client.read("/api/Schedules")[0]
    stored = client.server.state["schedules"][0]
    return [
        sorted(key for key in first if first[key] != second[key]),
        first["schedule"].get("lastCheck") == second["schedule"].get("lastCheck"),
        sent,
        third.get("runCount") == 1,
        "runCount" in stored or "lastCheck" in stored["schedule"],
        third["activity"]["kept"] if "activity" in third else None,
    ]


def dropped(client):
    return client.create("Deployment", name="D", comment="told").get("comment")


def stamped_later(client):
    first = client.create("Deployment", name="D")
    return client.post("/api/Deployment", {**first, "updateDtTm": "2101-01-01T00:00:00Z"}).status_code


def answer_of(client):
    """A read's answer: its type, its content, whether it came in chunks, and as the last of its connection."""
    answer = client.get("/api/Deployments")
    headers = answer.headers
    return (
        headers.get("content-type", "").split(";")[0],
        answer.content[:2],
        "chunked" if "content-length" not in headers else headers.get("connection"),
    )


def page(client):
    for name in "ABC":
        client.create("Deployment", name=name)
    answer = client.get("/api/Deployments")
    content = answer.json()
    items = content if isinstance(content, list) else content["items"]
    told = sorted(set(content) - {"items"}) if isinstance(content, dict) else []
    told += [name for name in ("Link", "X-Total-Count") if name in answer.headers]
    return len(items), answer.status_code, told


def listed(client):
    client.create("Deployment", name="D")
    content = client.read("/api/Deployments")
    return "an array" if isinstance(content, list) else list(content)


def licensed(client, wrapped):
    model = {"user": "U", "organization": "O", "key": "K"}
    body = {"LicenseKeyRegistrationModel": model} if wrapped else model
    return client.post("/api/License/Key", body).status_code


def activated(client, data, **headers):
    licensed(client, client.server.dialect.license_wrapper == "required")
    return client.call("POST", "/api/License/Activate", data=data, headers=headers).status_code


def saved(client):
    answer = client.post("/api/Cluster", client.read("/api/Cluster"))
    return answer.status_code, answer.text


def again(client):
    first, second = (upload(client) for _turn in range(2))
    return first.json(), second.status_code, second.json() if second.status_code == 200 else None


def named(client, name="é"):
    return client.create("Deployment", name=name)["name"]


def token_names(client):
    return sorted(client.login(client.server.username, client.server.password).json())


def logins(client):
    """Return how logins with a good password are answered, after four with a wrong one."""
    for _attempt in range(4):
        client.login(client.server.username, "wrong")
    return client.login(client.server.username, client.server.password).status_code


def first_login(client):
    return client.login(client.server.username, client.server.password).status_code


def login(client):
    return client.login(client.server.username, client.server.password).text[:3]


def expired(client):
    client.server.expire_tokens()
    return client.get("/api/Cluster").status_code


def denied(client):
    return client.get("/api/Cluster", headers={"Authorization": None}).content


def changed_config(client):
    config = client.read("/api/Server/Config")
    config["serverDbInfo"]["dataProvider"] = "SqlServer"
    client.good(client.post("/api/Server/Config", config))
    return client.get("/api/Cluster").status_code


def gone(client):
    answer = client.post("/api/Deployment", {"id": 9, "name": "D"})
    return answer.status_code, [item["name"] for item in client.server.state["deployments"]]


def paused(client):
    client.good(client.post("/api/Cluster", {"id": 1, "name": "N", "pauseServersFrom": "22:00"}))
    return client.read("/api/Cluster")["pauseServersFrom"]


def status(client):
    client.good(client.post("/api/CommandLineProcessor", {"FilePath": "C:\\a.Df"}))
    answer = client.get("/api/Job/1/Status")
    return answer.headers["content-type"], answer.text


def unknown_job(client):
    answer = client.get("/api/Job/7/Status")
    return answer.status_code, answer.text


SEEN = [
    ("job_status=json_string", status, ("application/json; charset=utf-8", '"NotStarted"')),
    ("job_status=plain_text", status, ("text/plain; charset=utf-8", "NotStarted")),
    ("job_status=object", status, ("application/json; charset=utf-8", '{"jobId": 1, "status": "NotStarted"}')),
    ("unknown_job=Invalid", unknown_job, (200, '"Invalid"')),
    ("unknown_job=Unknown", unknown_job, (200, '"Unknown"')),
    ("unknown_job=404", unknown_job, (404, "")),
    (
        "key_case=mixed",
        lambda client: {**deployment(client), **client.read("/api/Server/Config")}["ServerDbInfo"]["port"],
        0,
    ),
    ("list_shape=bare", listed, "an array"),
    ("list_shape=with_total", listed, ["items", "totalCount", "pageIndex"]),
    ("list_shape=value", listed, ["value"]),
    ("list_shape=references", listed, ["$id", "$values"]),
    ("list_shape=with_errors", listed, ["errors", "deployments", "warnings"]),
    ("empty_list=array", lambda client: client.get("/api/Deployments").text, "[]"),
    ("empty_list=null", lambda client: client.get("/api/Deployments").text, "null"),
    ("empty_list=no_content", lambda client: client.get("/api/Deployments").status_code, 204),
    ("empty_list=not_found", lambda client: client.get("/api/Deployments").status_code, 404),
    ("paging=none", page, (3, 200, [])),
    ("paging=total", page, (2, 200, ["pageSize", "totalCount"])),
    ("paging=next_link", page, (2, 200, ["nextLink"])),
    ("paging=has_more", page, (2, 200, ["hasMore"])),
    ("paging=link_header", page, (2, 200, ["Link"])),
    ("paging=count_header", page, (2, 200, ["X-Total-Count"])),
    ("paging=partial_content", page, (2, 206, [])),
    ("content_type=json", answer_of, ("application/json", b"[]", None)),
    ("content_type=text", answer_of, ("text/plain", b"[]", None)),
    ("content_type=none", answer_of, ("", b"[]", None)),
    ("transfer=chunked", answer_of, ("application/json", b"[]", "chunked")),
    ("transfer=bom", answer_of, ("application/json", b"\xef\xbb", None)),
    ("transfer=closing", answer_of, ("application/json", b"[]", "close")),
    ("booleans_as_numbers=true", lambda client: client.read("/api/Cluster")["pauseAllServers"] is not False, True),
    ("unset_objects=shown", lambda client: client.read("/api/Cluster")["stagingDirectory"], {"path": ""}),
    ("unset_objects=null", lambda client: client.read("/api/Server/Config")["serverDbInfo"], None),
    ("unset_objects=absent", lambda client: "stagingDirectory" in client.read("/api/Cluster"), False),
    ("path_case=any", lambda client: client.get("/api/cluster").status_code, 200),
    ("path_case=exact", lambda client: client.get("/api/cluster").status_code, 404),
    ("error_body=validation", refusal, ("application/problem+json", '{"title": ')),
    ("denial_body=empty", denied, b""),
    ("denial_body=words", denied, b'"Access was denied."'),
    ("error_body=identity", refusal, ("application/json", '[{"code": ')),
    ("login_requires=nothing", first_login, 200),
    ("login_requires=repository", first_login, 401),
    ("login_requires=confirmed_email", first_login, 401),
    ("lockout=0", logins, 200),
    ("lockout=3", logins, 401),
    ("login_failure_status=403", lambda client: client.login("x", "y").status_code, 403),
    ("expired_status=401", expired, 401),
    ("expired_status=500", expired, 500),
    ("stale_status=412", stale, 412),
    ("stale_status=500", stale, 500),
    ("duplicate_status=400", lambda client: twice(client, "Deployment", "D", "D"), 400),
    ("duplicate_status=409", lambda client: twice(client, "Deployment", "D", "D"), 409),
    ("unknown_update=400", gone, (400, [])),
    ("unknown_update=404", gone, (404, [])),
    ("unknown_update=creates", gone, (200, ["D"])),
    ("unknown_id_status=204", unknown_id, (204, "")),
    ("unknown_id_status=400", unknown_id, (400, "")),
    ("config_password=empty", shown_password, ""),
    ("config_password=null", shown_password, None),
    ("config_drops_tokens=false", changed_config, 200),
    ("config_drops_tokens=true", changed_config, 401),
    ("unconfigured=permissive", lambda client: client.get("/api/Schedules").status_code, 200),
    ("unconfigured=refused", lambda client: client.get("/api/Schedules").status_code, 400),
    ("write_response=empty", saved, (200, "")),
    ("write_response=text", saved, (200, "Saved successfully.")),
    ("write_response=json_text", saved, (200, '"Saved."')),
    ("write_response=boolean", saved, (200, "true")),
    ("write_response=object", saved, (200, '{"message": "Saved.", "code": 0}')),
    ("write_response=no_content", saved, (204, "")),
    ("license_wrapper=required", lambda client: licensed(client, False), 400),
    ("license_wrapper=optional", lambda client: [licensed(client, False), licensed(client, True)], [200, 200]),
    ("license_wrapper=refused", lambda client: [licensed(client, False), licensed(client, True)], [200, 400]),
    ("activate_body=zero_length", lambda client: activated(client, None), 200),
    ("activate_body=text_plain", lambda client: activated(client, b""), 415),
    ("pause_times=as_sent", paused, "22:00"),
    ("pause_times=span", paused, "22:00:00"),
    ("pause_times=moment", paused, "0001-01-01T22:00:00"),
    ("upload_response=quoted", lambda client: upload(client).text[:4], '"C:\\'),
    ("upload_response=with_name", lambda client: upload(client).json()["clusterPath"][-6:], "\\a.Car"),
    ("upload_response=file_name", lambda client: upload(client).json(), "a.Car"),
    ("stored_name=as_asked", lambda client: upload(client).json()[-6:], "\\a.Car"),
    ("stored_name=lower", lambda client: upload(client).json()[-6:], "\\a.car"),
    ("stored_name=prefixed", lambda client: upload(client).json()[-6:], "_a.Car"),
    ("stored_name=no_extension", lambda client: upload(client).json()[-2:], "\\a"),
    ("upload_exists=overwrites", lambda client: again(client)[0] == again(client)[2], True),
    ("upload_exists=refused", lambda client: again(client)[1], 400),
    ("upload_exists=numbered", lambda client: again(client)[2][-8:], "a (1).Car"[-8:]),
    ("post_response=text", posted, "Saved successfully."),
    ("post_response=echo", posted, '{"name": "D", "id": 1}'),
    ("created_status=200", lambda client: client.post("/api/Deployment", {"name": "D"}).status_code, 200),
    ("created_status=201", lambda client: client.post("/api/Deployment", {"name": "D"}).status_code, 201),
    ("stamp_rule=exact", stamped_later, 400),
    ("stamp_rule=not_older", stamped_later, 200),
    ("stamp_rule=not_older", stale, 400),
    ("name_normalization=as_sent", named, "é"),
    ("name_normalization=composed", named, "é"),
    ("name_normalization=decomposed", named, "e\u0301"),
    ("name_normalization=upper", named, "É"),
    (
        "text_normalization=as_sent",
        lambda client: client.create("Deployment", name="D", comment="a\nb ")["comment"],
        "a\nb ",
    ),
    (
        "text_normalization=trimmed",
        lambda client: client.create("Deployment", name="D", comment="a\nb ")["comment"],
        "a\nb",
    ),
    (
        "text_normalization=crlf",
        lambda client: client.create("Deployment", name="D", comment="a\nb ")["comment"],
        "a\r\nb ",
    ),
    ("deployment_activation=renamed", lambda client: deployment(client).get("activated"), True),
    ("start_time=naive", start, "2026-01-02T03:04:05"),
    ("run_path=/api/Job/Run", lambda client: client.post("/api/Job/Run", {"FilePath": "a"}).status_code, 200),
    ("key_case=camel", lambda client: "updateDtTm" in deployment(client), True),
    (
        "key_case=pascal",
        lambda client: sorted(deployment(client))[-2:] == ["UserArchiveFilePath", "UserConfigFilePath"],
        True,
    ),
    ("list_shape=wrapped", lambda client: client.read("/api/Schedules"), {"schedules": []}),
    ("upload_response=json_string", lambda client: upload(client).text[0], '"'),
    ("upload_response=plain_text", lambda client: upload(client).text[0], "C"),
    ("upload_response=object", lambda client: list(upload(client).json()), ["filePath"]),
    ("path_style=slash", lambda client: upload(client).json(), "C:/Astera/Deployment/a.Car"),
    ("post_response=object", lambda client: '"updateDtTm"' in posted(client), True),
    ("post_response=empty", posted, ""),
    ("post_response=id", posted, "1"),
    ("post_response=boolean", posted, "true"),
    ("config_password=omit", shown_password, None),
    ("config_password=mask", shown_password, "********"),
    ("config_password=echo", shown_password, "told"),
    ("timestamp_digits=3", lambda client: len(deployment(client)["updateDtTm"]), 29),
    ("timestamp_digits=0", lambda client: len(deployment(client)["updateDtTm"]), 25),
    ("timestamp_offset=Z", lambda client: deployment(client)["updateDtTm"][27:], "Z"),
    ("timestamp_offset=+00:00", lambda client: deployment(client)["updateDtTm"][27:], "+00:00"),
    ("timestamp_offset=", lambda client: deployment(client)["updateDtTm"][27:], ""),
    ("unknown_keys=false", nested, [False] * 4),
    ("unknown_keys=true", nested, [True] * 4),
    (
        "moving_members=true",
        moving,
        [["activity", "jobOptions", "nextRunDtTm", "runCount", "schedule"], False, 200, False, False, "as it is"],
    ),
    ("moving_members=false", moving, [[], True, 200, True, True, None]),
    (
        "unique_schedule_names=false",
        lambda client: twice(client, "Schedule", "S", "S", isFile=True, schedule=DAILY),
        200,
    ),
    (
        "unique_schedule_names=true",
        lambda client: twice(client, "Schedule", "S", "S", isFile=True, schedule=DAILY),
        400,
    ),
    ("names_case_insensitive=false", lambda client: twice(client, "Deployment", "D", "d"), 200),
    ("names_case_insensitive=true", lambda client: twice(client, "Deployment", "D", "d"), 400),
    ("deployment_activation=shown", lambda client: deployment(client).get("isActive"), True),
    ("deployment_activation=hidden", lambda client: deployment(client).get("isActive"), None),
    ("login_failure_status=400", lambda client: client.login("x", "y").status_code, 400),
    ("token_name=token", token_names, ["email", "id", "token", "userName"]),
    ("token_name=accessToken", token_names, ["accessToken", "email", "id", "userName"]),
    ("token_name=AccessToken", token_names, ["AccessToken", "email", "id", "userName"]),
    ("error_body=json_string", refusal, ("application/json", '"The name ')),
    ("error_body=problem", refusal, ("application/problem+json", '{"type": "')),
    ("error_body=message", refusal, ("application/json", '{"message"')),
    ("error_body=text", refusal, ("text/plain", "The name i")),
    ("error_body=html", refusal, ("text/html", "<!DOCTYPE ")),
    ("error_body=empty", refusal, ("", "")),
    ("cluster_get=404", lambda client: client.get("/api/Cluster").status_code, 404),
    ("cluster_get=405", lambda client: client.get("/api/Cluster").status_code, 405),
    ("numbers_as_strings=true", lambda client: client.read("/api/Cluster")["purgeJobInfoAfter"], "7"),
    ("empty_as=empty", lambda client: deployment(client).get("comment", "absent"), ""),
    ("empty_as=null", lambda client: deployment(client).get("comment", "absent"), None),
    ("empty_as=absent", lambda client: deployment(client).get("comment", "absent"), "absent"),
    ("stale_status=400", stale, 400),
    ("stale_status=409", stale, 409),
    ("missing_stamp=refused", unstamped, 400),
    ("missing_stamp=accepted", unstamped, 200),
    ("unknown_id_status=404", unknown_id, (404, "")),
    ("unknown_id_status=200", unknown_id, (200, "null")),
    ("password_less_config=keeps", stored_password, (200, "kept")),
    ("password_less_config=refused", stored_password, (400, "kept")),
    ("password_less_config=forgets", stored_password, (200, "")),
    ("start_time=as_sent", start, SENT),
    ("start_time=utc", start, "2026-01-02T10:04:05.1234567Z"),
    ("start_time=server_offset,timestamp_offset=+00:00", start, "2026-01-02T10:04:05.1234567+00:00"),
    ("start_time=seconds", start, "2026-01-02T03:04:05-07:00"),
    ("list_order=by_id", order, ["ABC", "ABC"]),
    ("list_order=reversed", order, ["CBA", "CBA"]),
    ("list_order=turning", order, ["BCA", "CAB"]),
    ("singleton_stamps=false", lambda client: "updateDtTm" in client.read("/api/Cluster"), False),
    ("singleton_stamps=true", lambda client: "updateDtTm" in client.read("/api/Cluster"), True),
    ("drop_field=comment", dropped, None),
    ("drop_field=", dropped, "told"),
]


# The first value of each setting; the properties of the default run use the others, too.
FIRST = {text.partition("=")[0]: text for text, _look, _expected in reversed(SEEN)}.values()


@pytest.mark.parametrize(
    ("text", "look", "expected"),
    [pytest.param(*row, id=row[0], marks=() if row[0] in FIRST else pytest.mark.full) for row in SEEN],
)
def test_setting_changes_the_response(serve, text, look, expected):
    assert look(serve(Dialect.parse(text))) == expected


def test_setting_activates_without_a_length(serve):
    for form, status in (("nothing", 200), ("zero_length", 411)):
        client = serve(Dialect(activate_body=form))
        licensed(client, True)
        assert raw(client, "POST", "/api/License/Activate") == status


def test_setting_cases_cover_every_value():
    """In any case each setting, and each value but the default of it."""
    shown = {tuple(part.split("=")) for text, _look, _expected in SEEN for part in text.split(",")}
    shown |= {("restart_seconds", "1.0"), ("activate_body", "nothing")}
    values = {(name, str(value)) for name, allowed in Dialect.values().items() for value in allowed[1:]}
    assert {
        (name, value)
        for name, value in values
        if (name, value.lower() if value in ("True", "False") else value) not in shown
    } == set()


def test_setting_cases_cover_every_setting():
    shown = {part.partition("=")[0] for text, _look, _expected in SEEN for part in text.split(",")}
    below = {"restart_seconds", "token_seconds"}
    assert shown | below == {field.name for field in dataclasses.fields(Dialect)}


def test_token_expires(serve):
    client = serve(Dialect(token_seconds=1))
    wait_until(lambda: client.get("/api/Cluster").status_code == 401)
    assert client.login(client.server.username, client.server.password).status_code == 200


def test_restart_listens_on_the_configured_port(serve):
    client = serve(Dialect(restart_seconds=0.3))
    port, before = free_port(), client.server.port
    config = client.read("/api/Server/Config")
    config["serverDbInfo"]["dataProvider"] = "SqlServer"
    client.good(client.post("/api/Server/Config", {**config, "port": port}))
    wait_until(lambda: not listens(before))
    wait_until(lambda: client.server.port == port)
    assert client.get("/api/Cluster").status_code == 401
    assert client.login(client.server.username, client.server.password).status_code == 200
    assert client.server.url == f"https://127.0.0.1:{port}"


def test_emulator_keeps_its_port_by_default(client):
    config = client.read("/api/Server/Config")
    config["serverDbInfo"]["dataProvider"] = "SqlServer"
    client.good(client.post("/api/Server/Config", {**config, "port": free_port()}))
    assert client.get("/api/Cluster").status_code == 200


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def wait_until(holds):
    deadline = time.monotonic() + 600
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_singleton_timestamps_are_checked(serve):
    client = serve(Dialect(singleton_stamps=True))
    cluster = client.read("/api/Cluster")
    client.good(client.post("/api/Cluster", cluster))
    assert client.post("/api/Cluster", cluster).status_code == 400


def test_dialect_parse_reads_settings():
    assert Dialect.parse("") == Dialect()
    assert Dialect.parse("key_case=pascal, list_shape=wrapped") == Dialect(key_case="pascal", list_shape="wrapped")
    assert Dialect.parse("terse,timestamp_digits=0").timestamp_digits == 0
    for wrong in (
        "nobody",
        "key_case=snake",
        "color=red",
        "unknown_keys=perhaps",
        "timestamp_digits=x",
        "terse,terse",
    ):
        with pytest.raises(ValueError, match=re.compile(".")):
            Dialect.parse(wrong)


def test_dialect_sweep_has_every_value():
    swept = list(Dialect.sweep())
    names = [name for name, _dialect in swept]
    assert len(set(names)) == len(names)
    assert len({dialect for _name, dialect in swept}) == len(swept)
    for name in ("pascal", "terse", "chatty", "contrary", "default"):
        assert Dialect.preset(name) in dict(swept).values()
