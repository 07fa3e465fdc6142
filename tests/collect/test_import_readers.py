"""Readers and the small parts of the import: times, numbers, ledger, Parquet, JSON cut anywhere, guesses."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.collect import Guess, TimeFormat, guess_mapping
from heartline.collect.importing.clock import time_reader, write_time
from heartline.collect.importing.ledger import Ledger
from heartline.collect.importing.numbers import read_leading, read_number
from heartline.collect.importing.objects import read_objects
from heartline.collect.importing.rows import open_rows
from heartline.store import read_parquet_rows


@pytest.mark.parametrize(
    ("form", "cell", "expected"),
    [
        (TimeFormat.ISO, "2018-01-02T03:04:05.678Z", "2018-01-02T03:04:05.678000+00:00"),
        (TimeFormat.ISO, "2018/1/2 3:04", "2018-01-02T02:04:00+00:00"),
        (TimeFormat.ISO, "2018-07-02", "2018-07-01T22:00:00+00:00"),
        (TimeFormat.ISO, "2018-07-02 12:00:00 UTC", "2018-07-02T12:00:00+00:00"),
        (TimeFormat.DAY_FIRST, "02.01.2018 15:04", "2018-01-02T14:04:00+00:00"),
        (TimeFormat.MONTH_FIRST, "02/01/18 3:04 PM", "2018-02-01T14:04:00+00:00"),
        (TimeFormat.WORDS, "2 Jan 2018, 03:04:05", "2018-01-02T02:04:05+00:00"),
        (TimeFormat.WORDS, "Tue, January 2nd, 2018", "2018-01-01T23:00:00+00:00"),
        (TimeFormat.EPOCH_SECONDS, "1514862245", "2018-01-02T03:04:05+00:00"),
        (TimeFormat.EPOCH_MILLIS, "1514862245678", "2018-01-02T03:04:05.678000+00:00"),
        (TimeFormat.ISO, "2018-03-25 02:30:00", "2018-03-25T01:30:00+00:00"),  # skipped by the clock change
        (TimeFormat.ISO, "2018-10-28 02:30:00", "2018-10-28T00:30:00+00:00"),  # repeated: the first passage
    ],
)
def test_times_are_read_as_people_write_them(form: TimeFormat, cell: str, expected: str) -> None:
    us = time_reader(form, zone="Europe/Berlin", day_starts="00:00")(cell)
    assert us is not None
    assert write_time(us) == expected


@pytest.mark.parametrize("cell", ["31.02.2018", "soon", "1955-01-01", "9999-01-01", "2018-13-01", "", "12"])
def test_no_time_is_none(cell: str) -> None:
    for form in (TimeFormat.ISO, TimeFormat.DAY_FIRST, TimeFormat.WORDS):
        assert time_reader(form, zone="UTC", day_starts="00:00")(cell) is None


def test_bare_dates_take_the_start_of_the_day_given() -> None:
    us = time_reader(TimeFormat.DAY_FIRST, zone="UTC", day_starts="9:30")("02.01.2018")
    assert us is not None
    assert write_time(us) == "2018-01-02T09:30:00+00:00"


@given(
    st.datetimes(datetime.fromisoformat("1972-01-01"), datetime.fromisoformat("2198-12-31")),
    st.sampled_from(["%d.%m.%Y %H:%M:%S.%f", "%d/%m/%Y %H:%M:%S,%f"]),
)
def test_day_first_reads_what_was_written(moment: datetime, pattern: str) -> None:
    read = time_reader(TimeFormat.DAY_FIRST, zone="UTC", day_starts="00:00")
    us = read(moment.strftime(pattern))
    assert us is not None
    assert write_time(us).removesuffix("+00:00") == moment.isoformat()


@pytest.mark.parametrize(
    ("cell", "comma", "expected"),
    [
        ("1.234,50", True, "1234.50"),
        ("1,234.50", False, "1234.50"),
        ("1.234", True, "1234"),
        ("1.234", False, "1.234"),
        ("€ 12,5", True, "12.5"),
        ("(3.20)", False, "-3.20"),
        ("12.50-", False, "-12.50"),
        ("EUR 7", False, "7"),
        ("1,2.3,4", False, None),
        ("twelve", False, None),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: str, *, comma: bool, expected: str | None) -> None:
    number = read_number(cell, decimal_comma=comma)
    assert (None if number is None else str(number)) == expected


def test_a_label_may_begin_with_its_number() -> None:
    assert read_leading("10 - extremely likely") == 10
    assert read_leading("very likely") is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2**64 - 1)), max_size=200))
def test_a_ledger_that_spills_remembers_like_a_dict(notes: list[tuple[int, int]]) -> None:
    plain: dict[int, int] = {}
    with Ledger(held=7) as ledger:
        for key, number in notes:
            ledger.note(key, number)
            plain[key] = number
            assert ledger.find([key, key + 1000]) == {key: number}
        assert ledger.find(list(range(41))) == plain


rows = st.lists(
    st.dictionaries(
        st.sampled_from(["a", 'q"', "b\\"]),
        st.text('a"\\\\[]{}é\\n', max_size=6) | st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@given(rows, st.integers(1, 9), st.sampled_from(["", "[]", "tickets"]))
def test_json_may_be_cut_into_chunks_anywhere(objects: list[dict[str, object]], size: int, records: str) -> None:
    text = {
        "": "\n".join(json.dumps(o) for o in objects),
        "[]": json.dumps(objects, indent=2),
        "tickets": json.dumps({"x": {"tickets": 1}, "other": [{"a": 1}], "tickets": objects, "after": [1, {"a": 2}]}),
    }[records]
    data = text.encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    read = list(read_objects(chunks, records))
    whole = list(read_objects([data], records))
    assert [row.cells for row in read] == [row.cells for row in whole]
    assert len(read) == len(objects)
    assert [row.problem == "" or "NUL" in row.problem for row in read] == [True] * len(objects)


def test_parquet_cells_are_text_and_empty_files_keep_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql(
        "COPY (SELECT 7 AS n, TIMESTAMPTZ '2020-01-01 12:00:00+02' AS t, [1, 2] AS l, NULL::VARCHAR AS gone,"
        f" TIMESTAMP '2020-01-01 12:00:00' AS z FROM range(3)) TO '{path}'"
    )
    batches = list(read_parquet_rows(path, 2))
    assert batches[0][0] == ("n", "t", "l", "gone", "z")
    assert [row for _, batch in batches for row in batch] == [
        ("7", "2020-01-01 10:00:00+00:00", "[1,2]", "", "2020-01-01 12:00:00")
    ] * 3
    duckdb.sql(f"COPY (SELECT 1 AS n WHERE false) TO '{path}'")
    assert list(read_parquet_rows(path)) == [(("n",), [])]
    with open_rows(path) as file:
        assert (file.columns, list(file)) == (("n",), [])


def guess(tmp_path: Path, header: str, *lines: str) -> Guess:
    path = tmp_path / "survey answers.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return guess_mapping(path)


def test_swapped_days_and_months_are_decided_by_the_data_or_asked(tmp_path: Path) -> None:
    decided = guess(tmp_path, "email,when", "a@x.org,03/04/2026", "b@x.org,03/25/2026")
    assert decided.mapping.touches[0].when.format is TimeFormat.MONTH_FIRST
    assert not any("day-month" in warning for warning in decided.warnings)
    asked = guess(tmp_path, "email,when", "a@x.org,03/04/2026", "b@x.org,05/06/2026")
    assert asked.mapping.touches[0].when.format is TimeFormat.DAY_FIRST
    assert any("day-month" in warning for warning in asked.warnings)


@pytest.mark.parametrize(
    ("column", "values", "kind", "top"),
    [
        ("nps", "0 10 7", "nps", 10),
        ("rating", "1 5 4", "stars", 5),
        ("CSAT score", "1 7 4", "csat", 7),
        ("effort", "2 6 7", "ces", 7),
        ("How likely to recommend", "9 10 8", "nps", 10),
    ],
)
def test_scores_are_told_by_name_and_range(column: str, values: str, kind: str, top: int, tmp_path: Path) -> None:
    lines = [f"u{i},2026-01-0{i + 1},{value}" for i, value in enumerate(values.split())]
    score = guess(tmp_path, f"user id,date,{column}", *lines).mapping.score
    assert score is not None
    assert (score.kind.value, score.highest) == (kind, top)


def test_a_table_of_customers_becomes_traits(tmp_path: Path) -> None:
    mapping = guess(tmp_path, "customer_id,plan,partner,total spend", "c1,box,x,12.5", "c2,none,y,3.0").mapping
    assert mapping.touches == ()
    assert {trait.column for trait in mapping.traits} == {"plan", "partner", "total spend"}
