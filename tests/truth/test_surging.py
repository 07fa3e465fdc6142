"""Story 6, the whole way: sixty-one complaints of a burnt lot in three languages alert within twenty minutes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from companies import MINUTE, Company, live

from heartline.listener import Listener

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit"))
from test_listener import Beside


@pytest.mark.truth
@pytest.mark.parametrize("seed", [1, 2])
def test_the_burnt_lot_is_told_within_twenty_minutes_and_its_theme_holds_three_languages(
    seed: int, tmp_path: Path
) -> None:
    with live(seed, tmp_path / "company") as company:
        heartline = company.heartline
        heartline.listener = Listener(heartline.stores, log=heartline.log, hold=heartline.hold, hire=Beside)
        heartline.listener.catch_up()
        start = company.moment("burnt_lot")
        alerts = heartline.stores.kept.theme_alerts()
        ours = [one for one in alerts if 0 < one.seen_us - start <= 60 * MINUTE and one.theme]
        assert min(one.seen_us for one in ours) - start <= 20 * MINUTE
        # A month is looked back on, at one false alert a year at most: any other is one too many here.
        assert len(alerts) - len([one for one in alerts if 0 < one.seen_us - start <= 60 * MINUTE]) <= 1
        assert max(len(languages_of(company, one.theme, start)) for one in ours) == 3


def languages_of(company: Company, theme: int, start: int) -> set[str]:
    """The languages of the comments of a theme that came in the first 45 minutes."""
    stores, log = company.heartline.stores, company.log
    columns = stores.placings.placing_columns()
    seqs = columns.seq[columns.theme == theme]
    rows = np.isin(log.seq, seqs) & (log.ts_us >= start) & (log.ts_us < start + 45 * MINUTE)
    return {one.language for one in stores.readings.readings(log.seq[rows].tolist()).values()} & {"en", "ru", "zh"}
