"""A match model in Splink's words: conditions of levels as SQL, and what Splink learned, smoothed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from heartline.store.matching import Compared, Level, Likeness, MatchModel, Part

_PSEUDO_PAIRS: Final = 20
"""How many imagined true pairs stand behind the usual shares: with few real ones, the usual shares prevail."""
_LEAST: Final = 1e-6
_CONDITIONS: Final[Mapping[Likeness, str]] = {
    Likeness.SAME: "{a}_l = {a}_r",
    Likeness.CROSSED: "{a}_l = {b}_r AND {b}_l = {a}_r",
    Likeness.SHORTENED: (
        "least(length({a}_l), length({a}_r)) IN (1, 3, 4, 5, 6, 7, 8, 9) "
        "AND (starts_with({a}_l, {a}_r) OR starts_with({a}_r, {a}_l))"
    ),
    Likeness.ALIKE: "jaro_winkler_similarity({a}_l, {a}_r) >= {least}",
    Likeness.TYPO: "damerau_levenshtein({a}_l, {a}_r) <= {most}",
    Likeness.PART: (
        "CASE WHEN substr({a}_l, 1, 4) = substr({a}_r, 1, 4) THEN 1 ELSE 0 END"
        " + CASE WHEN substr({a}_l, 6, 2) = substr({a}_r, 6, 2) THEN 1 ELSE 0 END"
        " + CASE WHEN substr({a}_l, 9, 2) = substr({a}_r, 9, 2) THEN 1 ELSE 0 END >= 2"
        " OR (substr({a}_l, 1, 4) = substr({a}_r, 1, 4) AND substr({a}_l, 6, 2) = substr({a}_r, 9, 2)"
        " AND substr({a}_l, 9, 2) = substr({a}_r, 6, 2))"
    ),
    Likeness.START: "substr({a}_l, 1, {most}) = substr({a}_r, 1, {most})",
}


def columns_of(model: MatchModel) -> tuple[str, ...]:
    """Return all columns that a model reads, in the order of their mention."""
    named = [name for c in model.compared for name in read_by(c)]
    named += [name for rule in model.blocking for name, _ in rule]
    named += [name for rule in (*model.training, *model.certain) for name in rule]
    return tuple(dict.fromkeys(named))


def read_by(compared: Compared) -> tuple[str, ...]:
    """Return the columns that a comparison looks at."""
    named = [compared.column, *(name for x in compared.levels for name in (x.column, x.other))]
    return tuple(dict.fromkeys(name for name in named if name))


def parts_sql(rule: Iterable[Part]) -> str:
    """Return the values that must be the same, as a list of SQL expressions."""
    return ", ".join(f"substr({name}, 1, {length})" if length else name for name, length in rule)


def all_told_sql(columns: Iterable[str]) -> str:
    """Return the condition that none of the columns is unknown."""
    return " AND ".join(f"{name} IS NOT NULL" for name in columns)


def write_comparison(compared: Compared) -> dict[str, Any]:
    """Return a comparison before it has learned anything."""
    column = compared.column
    unknown = {
        "sql_condition": f"{column}_l IS NULL OR {column}_r IS NULL",
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    levels = [_write_level(column, level) for level in compared.levels]
    usual = 1.0 - sum(level.usual for level in compared.levels)
    other = {"sql_condition": "ELSE", "label_for_charts": "other", "m_probability": usual}
    return {"output_column_name": column, "comparison_levels": [unknown, *levels, other]}


def _write_level(column: str, level: Level) -> dict[str, Any]:
    condition = _CONDITIONS[level.likeness].format(
        a=level.column or column, b=level.other, least=level.at_least, most=level.at_most
    )
    written: dict[str, Any] = {
        "sql_condition": condition,
        "label_for_charts": level.name,
        "m_probability": level.usual,
    }
    if level.rarity:
        written["tf_adjustment_column"] = column
    return written


def weigh_comparison(
    compared: Compared,
    by_chance: Mapping[str, Any],
    lessons: Sequence[Mapping[str, Any]],
    *,
    chance: float,
    expected: float,
) -> dict[str, Any]:
    """Return a comparison with the shares to score by.

    m is the mean of the lessons, as if of ``expected`` true pairs, beside the usual share, as if of some more: so a
    small or clean set of data, which teaches little, is judged as most are. u was learned from pairs at random, of
    which ``chance`` are true: those are taken out again. All is rounded, because sums in another order differ in their
    last digits.
    """
    written = write_comparison(compared)
    levels = written["comparison_levels"][1:]
    learned = [_mean(lessons, n, usual=level["m_probability"]) for n, level in enumerate(levels, 1)]
    m = [
        (share * expected + level["m_probability"] * _PSEUDO_PAIRS) / (expected + _PSEUDO_PAIRS)
        for level, share in zip(levels, learned, strict=True)
    ]
    seen = [level.get("u_probability", 0.0) for level in by_chance["comparison_levels"][1:]]
    u = [max(s - chance * share, s / 20, _LEAST) for s, share in zip(seen, m, strict=True)]
    for level, share, odds in zip(levels, _whole(m), _whole(u), strict=True):
        level["m_probability"], level["u_probability"] = share, odds
    return written


def _mean(lessons: Sequence[Mapping[str, Any]], level: int, *, usual: float) -> float:
    """Return the mean share of a level over the lessons; a level that none of its pairs reached has share 0."""
    if not lessons:
        return usual
    return float(sum(x["comparison_levels"][level].get("m_probability", 0.0) for x in lessons) / len(lessons))


def _whole(shares: Sequence[float]) -> list[float]:
    total = sum(shares)
    return [max(round(share / total, 8), _LEAST) for share in shares]
