# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.astera.data_stack.plugins.module_utils import _values
from ansible_collections.astera.data_stack.plugins.module_utils._client.upload import is_stored_as
from ansible_collections.astera.data_stack.plugins.module_utils._engine import compare
from ansible_collections.astera.data_stack.plugins.module_utils._secrets import Secret
from hypothesis import given
from hypothesis import strategies as st

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))


@given(MOMENTS, OFFSETS, OFFSETS)
def test_timestamps_are_equal_in_every_offset(moment, one, other):
    assert compare.timestamps_equal(moment.astimezone(one).isoformat(), moment.astimezone(other).isoformat())


@given(MOMENTS, st.integers(1, 10**6), OFFSETS)
def test_timestamps_differ_by_a_second(moment, seconds, offset):
    later = moment + timedelta(seconds=seconds)
    assert not compare.timestamps_equal(moment.isoformat(), later.astimezone(offset).isoformat())


@pytest.mark.parametrize(
    ("want", "have", "same"),
    [
        ("2022-09-06T04:53:46.2573662-07:00", "2022-09-06T11:53:46.2573662Z", True),
        ("2022-09-06T04:53:46.2573662-07:00", "2022-09-06T04:53:46.2573663-07:00", False),
        ("2022-09-06T04:53:46.2573662-07:00", "2022-09-06T04:53:46.257-07:00", True),
        ("2022-09-06T04:53:46.2573662-07:00", "2022-09-06T04:53:46.2570000-07:00", True),
        ("2022-09-06T04:53:46.2573662-07:00", "2022-09-06T04:53:46-07:00", True),
        ("2022-09-06T04:53:46-07:00", "2022-09-06T04:53:46.2573662-07:00", True),
        ("2022-09-06T04:53:46.300-07:00", "2022-09-06T04:53:46.257-07:00", False),
        ("2022-09-06 04:53:46+0200", "2022-09-06T02:53:46+00:00", True),
        ("2022-09-06T04:53+02:00", "2022-09-06T02:53:00Z", True),
        ("2022-09-06T04:53:46-07:00", "2022-09-06T04:53:46", False),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", False),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T01:30:00+01:00", True),
    ],
)
def test_parse_timestamp_reads_every_form(want, have, same):
    assert compare.timestamps_equal(want, have) is same


@pytest.mark.parametrize(
    "text",
    [
        *("2022-09-06T04:53:46", "2022-13-06T04:53:46Z", "daily", "", "04:30", "2022-09-06Z"),
        None,
        5,
        "2022-09-06T04:53Z\n",
    ],
)
def test_parse_timestamp_rejects_other_strings(text):
    assert _values.parse_timestamp(text) is None


def test_format_of_a_time_is_that_of_the_vendor():
    assert _values.format_timestamp("2026-12-01 04:30:00 +0100") == "2026-12-01T04:30:00+01:00"
    assert _values.format_timestamp("2022-09-06T04:53:46.2573662-07:00") == "2022-09-06T04:53:46.2573662-07:00"
    assert _values.format_timestamp("2026-12-01t04:30:00z") == "2026-12-01T04:30:00Z"


NOTHING = [None, "", [], {}]


@pytest.mark.parametrize("have", [None, ""])
def test_comparisons_treat_null_missing_and_empty_alike(have):
    assert compare.texts_equal("", have)
    assert compare.paths_equal("", have)
    assert compare.numbers_equal(0, have)
    assert compare.flags_equal(False, have)
    assert not compare.texts_equal("x", have)
    assert not compare.numbers_equal(7, have)
    assert not compare.flags_equal(True, have)


@pytest.mark.parametrize("want", NOTHING)
@pytest.mark.parametrize("have", NOTHING)
def test_comparisons_treat_empty_members_of_free_values_alike(want, have):
    assert compare.matches({"a": want}, {"a": have})
    assert compare.matches({"a": want}, {})


@pytest.mark.parametrize(
    ("same", "want", "have"),
    [
        (compare.numbers_equal, 7, "7"),
        (compare.flags_equal, True, "True"),
        (compare.flags_equal, True, 1),
        (compare.flags_equal, False, "false"),
        (compare.flags_equal, False, 0),
        (compare.texts_equal, "é", "é"),
        (compare.comments_equal, "two\nlines", "two\r\nlines "),
        (compare.comments_equal, "two\r\nlines\n", "two\nlines"),
        (compare.comments_equal, "", None),
        (compare.numbers_equal, 30, "30.0"),
        (compare.matches, 1.5, "1.50"),
        (compare.paths_equal, "c:/staging/", "C:\\Staging"),
        (compare.times_equal, "22:00", "22:00:00"),
        (compare.times_equal, "22:00", "0001-01-01T22:00:00"),
        (is_stored_as, "etl-0123456789ab", "D:\\Dep\\ETL-0123456789ab.Car"),
        (is_stored_as, "etl-0123456789ab", "D:\\etl-0123456789ab (2).car"),
        (is_stored_as, "etl-0123456789ab", "etl-0123456789ab-9f3c.Car"),
        (is_stored_as, "etl-0123456789ab", "D:\\20260101_ETL-0123456789AB.car"),
        (is_stored_as, "my.flow-0123456789ab", "/srv/dep/my.flow-0123456789ab"),
    ],
)
def test_comparisons_accept_other_spellings(same, want, have):
    assert same(want, have)


@pytest.mark.parametrize(
    ("same", "want", "have"),
    [
        (compare.numbers_equal, 7, "8"),
        (compare.numbers_equal, 7, "seven"),
        (compare.flags_equal, True, "false"),
        (compare.texts_equal, "ETL", "etl"),
        (compare.texts_equal, "{'a': 1}", {"a": 1}),
        (compare.numbers_equal, 202401, "2024_01"),
        (compare.numbers_equal, 7, " 7"),
        (compare.numbers_equal, 1, True),
        (compare.matches, 2**53, 2**53 + 1),
        (compare.matches, 10**400, 1.0),
        (compare.matches, 1, float("inf")),
        (compare.paths_equal, "C:\\Staging", "C:\\Staging2"),
        (compare.times_equal, "22:00", "22:00:30"),
        (compare.times_equal, "22:00", "10:00"),
        (is_stored_as, "etl-0123456789ab", "D:\\Dep\\etl-0123456789ac.Car"),
        (is_stored_as, "etl-0123456789ab", "D:\\etl-0123456789ab\\other.Car"),
        (is_stored_as, "etl-0123456789ab", ""),
        (is_stored_as, "etl-0123456789ab", "etl-0123456789abc.Car"),
        (is_stored_as, "etl-0123456789ab", "D:\\etl-0123456789ab-ba9876543210.Car"),
        (is_stored_as, "etl-0123456789ab", "D:\\etl-0123456789ab.v2-ba9876543210.Car"),
    ],
)
def test_comparisons_find_differences(same, want, have):
    assert not same(want, have)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), JSON, max_size=4)


@given(JSON)
def test_comparisons_find_every_value_equal_to_itself(value):
    assert compare.matches(value, value)


@given(OBJECTS, OBJECTS)
def test_deep_merge_sets_values_and_keeps_the_rest(have, want):
    result = compare.deep_merge(have, want)
    assert compare.matches(want, result)
    for key in have.keys() - want.keys():
        assert result[key] == have[key]


@given(OBJECTS, OBJECTS)
def test_deep_merge_is_idempotent(have, want):
    once = compare.deep_merge(have, want)
    assert compare.deep_merge(once, want) == once


def test_deep_merge_keeps_the_keys_of_the_server():
    assert compare.deep_merge({"StartTime": "a", "Extra": 1}, {"startTime": "b"}) == {"StartTime": "b", "Extra": 1}


def test_deep_merge_replaces_an_object_of_another_type():
    weekly = {"typeName": "Astera.Core.WeeklySchedule", "days": ["Monday"]}
    daily = {"typeName": "Astera.Core.DailySchedule", "dailyScheduleBase": {"startTime": "x"}}
    assert compare.deep_merge(daily, weekly) == weekly


def test_cast_like_uses_the_type_of_the_server():
    assert compare.cast_like("7", 14) == "14"
    assert compare.cast_like("true", False) == "false"
    assert compare.cast_like("True", False) == "False"
    assert (compare.cast_like("0", True), compare.cast_like("1", 7)) == ("1", "7")
    assert compare.cast_like("1.5", 2.5) == "2.5"
    assert compare.cast_like(7, 14) == 14
    assert compare.cast_like("text", "other") == "other"


WHITESPACE = st.text(" \t\r\n\u00a0\u2003", min_size=1, max_size=3)


@given(st.text(min_size=1, max_size=5), WHITESPACE)
def test_same_text_sees_whitespace_A6(text, whitespace):
    for other in (text + whitespace, whitespace + text):
        for same in (compare.texts_equal, compare.matches, compare.times_equal):
            assert not same(text, other)
            assert not same(other, text)


@given(st.text("ab", max_size=3), st.text("ab", max_size=3))
def test_same_text_sees_line_ends_A6(first, second):
    forms = [f"{first}{end}{second}" for end in ("\n", "\r\n", "\r", "")]
    for want in forms:
        assert [compare.texts_equal(want, have) for have in forms] == [want == have for have in forms]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C:\\Maße", "C:\\Masse"),
        ("C:\\ﬁles", "C:\\files"),
        ("C:\\dıp", "C:\\dip"),
        ("C:\\ſales", "C:\\sales"),
        ("C:\\İzmir", "C:\\izmir"),
        ("C:\\𐐨", "C:\\𐐀"),
        ("C:", "C:\\"),
        ("\\", ""),
        ("C:\\a ", "C:\\a"),
        ("C:\\a\n", "C:\\a"),
        ("\\\\?\\C:", "\\\\?\\C:\\"),
    ],
)
def test_same_path_keeps_apart_what_windows_does_A7(one, other):
    assert not compare.paths_equal(one, other)
    assert not compare.paths_equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c:\\übung", "C:\\ÜBUNG"),
        ("C:\\οδος", "C:\\ΟΔΟΣ"),
        ("C:\\οδος", "C:\\οδοσ"),
        ("C:\\ÿ", "C:\\Ÿ"),
        ("C:/", "c:\\"),
        ("C:\\\\", "C:\\"),
        ("C:\\a\\", "c:/a"),
        ("\\\\HOST\\share\\", "//host/Share"),
        ("/", "\\"),
    ],
)
def test_same_path_folds_what_windows_does_A7(one, other):
    assert compare.paths_equal(one, other)
    assert compare.paths_equal(other, one)


@given(st.text(max_size=6))
def test_fold_case_keeps_the_number_of_characters_A7(text):
    folded = _values.fold_case(text)
    assert len(folded) == len(text)
    assert _values.fold_case(folded) == folded


@given(st.permutations(["primary", "standby", "third"]), st.permutations(["primary", "standby", "third"]))
def test_lists_have_an_order_A8(want, have):
    for same in (compare.matches, compare.schedules_equal):
        assert same({"relays": want}, {"relays": have}) is (want == have)
        assert same({"days": want}, {"days": have}) is (want == have)


@pytest.mark.parametrize(
    ("key", "want", "have"),
    [
        ("days", ["Monday", "Friday"], ["Friday", "Monday"]),
        ("on", ["mon", "FRI"], ["FRI", "mon"]),
        ("daysOfMonth", [1, 15], ["15", "1"]),
        ("Days", [1, 15], [15, 1]),
    ],
)
def test_days_of_a_schedule_have_no_order_A8(key, want, have):
    assert compare.schedules_equal({"weekly": {key: want}}, {"weekly": {key: have}})
    assert not compare.matches({"weekly": {key: want}}, {"weekly": {key: have}})
    assert not compare.schedules_equal({"weekly": {key: want}}, {"weekly": {key: have[:1]}})
    assert not compare.schedules_equal({"weekly": {key: want}}, {"weekly": {key: [have[0], have[0]]}})


@pytest.mark.parametrize(
    ("key", "items"), [("minutes", [30, 5]), ("days", ["Monday", "primary"]), ("days", [1, "first"])]
)
def test_other_lists_of_a_schedule_have_an_order_A8(key, items):
    assert not compare.schedules_equal({key: items}, {key: items[::-1]})


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from([Secret("x"), "2026-10-25T01:30:00+99:00", "1e999", "٣", "9" * 500, "C:"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=8,
)
COMPARISONS = sorted(name for name in vars(compare) if name == "matches" or name.endswith("_equal"))


@pytest.mark.parametrize("name", COMPARISONS)
@given(ODD, ODD)
def test_no_comparison_fails_on_odd_values_E18(name, want, have):
    assert getattr(compare, name)(want, have) in (True, False)


@given(ODD, ODD)
def test_no_helper_fails_on_odd_values_E18(want, have):
    compare.deep_merge(have, want)
    compare.pick(have, want)
    _values.snake_keys(have)
    _values.lookalike_key(have)
    assert _values.to_int(have) is None or isinstance(_values.to_int(have), int)


def test_missing_name_matches_no_name_E18():
    assert _values.name_key(None) == ""


def test_comparisons_ignore_a_secret_that_the_server_hides():
    assert compare.matches(Secret("new"), None)
    assert compare.matches(Secret("new"), Secret("*****"))
    assert compare.matches(Secret("new"), Secret("new"))
    assert not compare.matches(Secret("new"), Secret("old"))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("updateDtTm", "update_dt_tm"),
        ("UpdateDtTm", "update_dt_tm"),
        ("connectionTimeOut", "connection_time_out"),
        ("clientAndServersShareTheSameFileSystem", "client_and_servers_share_the_same_file_system"),
        ("serverDbInfo", "server_db_info"),
        ("ID", "id"),
        ("RESTPort", "rest_port"),
        ("already_snake", "already_snake"),
    ],
)
def test_snake_case_converts_keys(key, expected):
    assert _values.snake_case(key) == expected
