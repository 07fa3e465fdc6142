"""Themes, when they were found, and alerts about them, in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import delete, insert, select, update

from heartline.errors import Missing
from heartline.language import _
from heartline.records import NO_THEME, Centre, Theme, ThemeAlert, ThemeRound
from heartline.store.engine import Database
from heartline.store.tables_themes import theme_alerts as a
from heartline.store.tables_themes import theme_rounds as r
from heartline.store.tables_themes import themes as t

_MOST_ALERTS: Final = 100


class SqlThemes:
    """See ``KeptThemes``."""

    _database: Database

    def themes(self) -> tuple[Theme, ...]:
        """See ``KeptThemes``."""
        with self._database.read() as db:
            return tuple(_theme(row) for row in db.execute(select(t).order_by(t.c.size.desc(), t.c.number)))

    def theme_round(self) -> ThemeRound | None:
        """See ``KeptThemes``."""
        with self._database.read() as db:
            row = db.execute(select(r).order_by(r.c.version.desc()).limit(1)).one_or_none()
        return None if row is None else ThemeRound(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it

    def theme_centres(self) -> tuple[Centre, ...]:
        """See ``KeptThemes``."""
        with self._database.read() as db:
            rows = db.execute(select(t.c.number, t.c.vector, t.c.floor).order_by(t.c.number)).all()
        return tuple(Centre(number=row.number, vector=bytes(row.vector), floor=row.floor) for row in rows)

    def keep_themes(self, round_: ThemeRound, found: Sequence[tuple[Theme, Centre]]) -> None:
        """See ``KeptThemes``."""
        with self._database.write() as db:
            held = {row.number: row for row in db.execute(select(t))}
            again = {theme.number for theme, _centre in found}
            gone = [number for number, row in held.items() if number not in again and not _theme(row).edited]
            # What people put another under, or count another as part of, stays as well.
            needed = {row.parent for row in held.values()} | {row.merged_into for row in held.values()}
            db.execute(delete(t).where(t.c.number.in_([number for number in gone if number not in needed])))
            for theme, centre in found:
                values = {
                    "terms": json.dumps(theme.terms, ensure_ascii=False),
                    "size": theme.size,
                    "stability": theme.stability,
                    "stable": theme.stable,
                    "found_us": theme.found_us,
                    "floor": centre.floor,
                    "vector": centre.vector,
                }
                if theme.number in held:
                    db.execute(update(t).where(t.c.number == theme.number).values(**values))
                else:
                    plain = {"name": "", "parent": NO_THEME, "merged_into": NO_THEME, "hidden": False}
                    db.execute(insert(t).values(**plain, **values))
            row = {name: getattr(round_, name) for name in ThemeRound.__slots__}
            db.execute(insert(r).values(**row))

    def change_theme(self, number: int, **changes: str | int | bool) -> None:
        """See ``KeptThemes``."""
        with self._database.write() as db:
            done = db.execute(update(t).where(t.c.number == number).values(**changes)).rowcount
        if not done:
            raise Missing("no_theme", _("There is no such theme."), _("Go back to the themes and look again."))

    def theme_alerts(self) -> tuple[ThemeAlert, ...]:
        """See ``KeptThemes``."""
        with self._database.read() as db:
            rows = db.execute(select(a).order_by(a.c.seen_us.desc(), a.c.id.desc()).limit(_MOST_ALERTS)).all()
        return tuple(_alert(row) for row in rows)

    def raise_theme_alert(self, alert: ThemeAlert) -> None:
        """See ``KeptThemes``."""
        values = {name: getattr(alert, name) for name in ThemeAlert.__slots__ if name != "alert_id"}
        values["terms"] = json.dumps(alert.terms, ensure_ascii=False)
        with self._database.write() as db:
            db.execute(insert(a).values(**values))


def _theme(row: Any) -> Theme:  # noqa: ANN401  # a row of themes
    return Theme(
        number=row.number,
        terms=tuple(json.loads(row.terms)),
        size=row.size,
        stability=row.stability,
        stable=bool(row.stable),
        found_us=row.found_us,
        name=row.name,
        parent=row.parent,
        merged_into=row.merged_into,
        hidden=bool(row.hidden),
    )


def _alert(row: Any) -> ThemeAlert:  # noqa: ANN401  # a row of alerts
    named = {name: getattr(row, name) for name in ThemeAlert.__slots__ if name not in {"alert_id", "terms"}}
    return ThemeAlert(alert_id=row.id, terms=tuple(json.loads(row.terms)), **named)
