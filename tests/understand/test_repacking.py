"""A log brought up to date equals one packed anew: merge, split, late identify, late event, erasure, all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.errors import Invalid
from heartline.understand import PackedLog, pack, repack

COLUMNS = ("ts_us", "seq", "row", "score_kind", "score", "score_top", "valence", "amount_minor", "has_text")
NAMES = {"touchpoint": ("", "a", "b", "c"), "channel": ("", "web", "shop")}
PLANS = ("", "weekly", "monthly", "daily")

ROWS = st.lists(
    st.fixed_dictionaries({
        "owner": st.integers(1, 5),
        "ts": st.integers(0, 9),
        "code": st.integers(0, 3),
        "score": st.one_of(st.none(), st.integers(0, 10)),
    }),
    max_size=30,
)  # fmt: skip


def lay(rows: list[dict[str, Any]], plans: dict[int, str], *, names: dict[str, tuple[str, ...]] = NAMES) -> PackedLog:
    codes = np.array([row["code"] for row in rows], dtype=np.int64)
    scored = np.array([row["score"] is not None for row in rows], dtype=np.bool_)
    return pack(
        customer_id=np.array([row["owner"] for row in rows], dtype=np.int64),
        ts_us=np.array([row["ts"] for row in rows], dtype=np.int64),
        seq=np.array([row["seq"] for row in rows], dtype=np.int64),
        codes={"touchpoint": codes, "channel": codes % 3},
        names=names,
        score_kind=scored.astype(np.uint8),
        score=np.array([np.nan if row["score"] is None else row["score"] for row in rows], dtype=np.float32),
        score_top=(scored * 10).astype(np.uint8),
        amount_minor=codes * 100,
        has_text=codes > 1,
        traits={"plan": (np.array(list(plans), dtype=np.int64), list(plans.values()))},
    )


def assert_equal(left: PackedLog, right: PackedLog) -> None:
    for name in ("customers", "offsets", *COLUMNS):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), name)
        assert getattr(left, name).dtype == getattr(right, name).dtype
    assert left.names == right.names
    for field in right.codes:
        np.testing.assert_array_equal(left.codes[field], right.codes[field])
        assert left.codes[field].dtype == right.codes[field].dtype
    for name, (codes, values) in right.traits.items():
        mine, mine_values = left.traits[name]
        assert [mine_values[code] for code in mine] == [values[code] for code in codes]


def bring_up(before: list[dict[str, Any]], after: list[dict[str, Any]], plans: dict[int, str]) -> None:
    """Repack from one state of all rows to another, and hold it against packing anew."""
    log = lay(before, plans)
    old, new = {row["seq"]: row for row in before}, {row["seq"]: row for row in after}
    leave = [seq for seq, row in old.items() if new.get(seq) != row]
    added = lay([row for seq, row in new.items() if old.get(seq) != row], plans)
    leaving = np.isin(log.seq, leave)
    for runs, block in ((4_096, 65_536), (0, 1), (0, 3)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("heartline.understand.splices._FEW_RUNS", runs)
            patch.setattr("heartline.understand.splices._RUNS_AT_ONCE", block)
            done = repack(log, added, leaving=leaving if leave else None, beside=(-log.seq, -added.seq))
        assert_equal(done.log, lay(after, plans))
        np.testing.assert_array_equal(done.beside, -done.log.seq)


@given(ROWS, ROWS, st.data())
def test_any_change_at_once_equals_packing_anew(
    before: list[dict[str, Any]], more: list[dict[str, Any]], data: st.DataObject
) -> None:
    rows = [{**row, "seq": seq} for seq, row in enumerate([*before, *more])]
    old = rows[: len(before)]
    after = []
    for row in rows:
        fate = data.draw(st.sampled_from(["stay", "stay", "erase", "move"])) if row in old else "stay"
        if fate != "erase":
            after.append({**row, "owner": 6 - row["owner"]} if fate == "move" else row)
    bring_up(old, after, {owner: PLANS[owner % 4] for owner in range(1, 6)})


BEFORE = [{"owner": 1 + seq % 3, "ts": seq // 2, "code": seq % 4, "score": seq if seq % 2 else None, "seq": seq}
          for seq in range(12)]  # fmt: skip


def _own(rows: list[dict[str, Any]], whose: Callable[[dict[str, Any]], int]) -> list[dict[str, Any]]:
    return [{**row, "owner": whose(row)} for row in rows]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(_own(BEFORE, lambda row: 1 if row["owner"] == 2 else row["owner"]), id="merge"),
        pytest.param(_own(BEFORE, lambda row: 7 if row["owner"] == 1 and row["seq"] % 2 else row["owner"]), id="split"),
        pytest.param(_own(BEFORE, lambda row: 9 if row["ts"] < 2 else row["owner"]), id="late identify"),
        pytest.param([*BEFORE, {**BEFORE[0], "ts": 1, "seq": 99}], id="late event"),
        pytest.param([*BEFORE, {**BEFORE[5], "seq": 99}], id="tie by seq"),
        pytest.param([row for row in BEFORE if row["owner"] != 2], id="erase"),
        pytest.param([], id="erase all"),
        pytest.param(BEFORE, id="nothing"),
    ],
)
def test_each_kind_of_change(after: list[dict[str, Any]]) -> None:
    bring_up(BEFORE, after, {1: "weekly", 3: "monthly"})
    bring_up(after, BEFORE, {1: "weekly", 3: "monthly"})


def test_a_grown_vocabulary_widens_the_codes_and_another_one_is_refused() -> None:
    wide = {**NAMES, "touchpoint": (*NAMES["touchpoint"], *(f"t{i}" for i in range(300)))}
    late = [{"owner": 2, "ts": 3, "code": 290, "score": None, "seq": 50}]
    done = repack(lay(BEFORE, {}), lay(late, {}, names=wide))
    assert_equal(done.log, lay([*BEFORE, *late], {}, names=wide))
    with pytest.raises(Invalid):
        repack(lay(BEFORE, {}), lay(late, {}, names={**NAMES, "touchpoint": ("", "b", "a", "c")}))


def test_a_changed_trait_comes_with_the_rows_of_its_customer() -> None:
    late = [{"owner": 2, "ts": 3, "code": 1, "score": None, "seq": 50}]
    done = repack(lay(BEFORE, {1: "weekly", 2: "weekly"}), lay(late, {2: "daily"}))
    assert_equal(done.log, lay([*BEFORE, *late], {1: "weekly", 2: "daily"}))
