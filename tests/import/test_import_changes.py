"""What an import changes is counted to the cell, and goes on being counted where it was cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from heartline.collect import ChangeKind, NothingKnown, Target, guess_mapping, plan_import, run_import
from heartline.records import Body

LINES = [f' P{n % 7}@X.org ,"{1 + n % 28:02}.03.2026 10:{n % 60:02}","{n},50",left' for n in range(1_200)]


class Cut(Exception):
    """The process ends here."""


def test_a_resumed_import_goes_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("email,when,amount,note\n" + "\n".join([*LINES, "null,soon,1,x"]) + "\n")
    mapping = guess_mapping(path).mapping
    sent: list[Body] = []

    def accept(body: Body) -> None:
        if len(sent) == 2:
            raise Cut
        sent.append(body)

    target = Target(source_id=1, accept=accept, lookups=NothingKnown())
    with pytest.raises(Cut):
        run_import(path, mapping, target, checkpoint=tmp_path / "c.json")
    sent.append(sent[0])
    whole = run_import(path, mapping, target, checkpoint=tmp_path / "c.json")
    assert whole.resumed_from == 1_000
    planned = plan_import(path, mapping, target)
    assert whole.changes == planned.changes
    told = {change.kind: (change.column, change.count, len(change.samples)) for change in whole.changes}
    assert told[ChangeKind.IDENTIFIER] == ("email", 1_200, 3)
    assert told[ChangeKind.DECIMAL_COMMA] == ("amount", 1_200, 3)
    assert told[ChangeKind.NO_ZONE] == ("when", 1_200, 3)
    either = sum(1 + n % 28 <= 12 and 1 + n % 28 != 3 for n in range(1_200))
    assert told[ChangeKind.DAY_OR_MONTH] == ("when", either, 3)
    assert whole.changes[0].samples[0].row == 1
    assert whole.columns == ("email", "when", "amount", "note")
