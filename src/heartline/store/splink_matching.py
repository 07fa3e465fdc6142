"""The matcher on Splink and DuckDB: a Fellegi-Sunter model that learns from the data without labels.

Splink is an extra (``pip install 'heartline[matching]'``), imported only when somebody asks for suggestions. The data
go through a database of their own in memory, within ``MEMORY`` and spilling to disk beyond it. All that could depend on
order is ordered by ref, and what is learned is rounded, so the same records give the same pairs.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import duckdb

from heartline.errors import Unavailable
from heartline.language import _
from heartline.log import get_logger
from heartline.records import Clue
from heartline.store.matching import Compared, Matched, MatchedPair, MatchModel, MatchRecord
from heartline.store.matching_levels import (
    all_told_sql,
    columns_of,
    parts_sql,
    read_by,
    weigh_comparison,
    write_comparison,
)

_log = get_logger("store")

MEMORY: Final = "1GB"
PAIRS_A_RECORD: Final = 40
FEWEST_PAIRS: Final = 1_000_000
"""How many pairs are compared at most: so many a record, and this many in any case."""
_TRAINING_PAIRS: Final = 1_000_001  # at a million exactly, Splink warns of its default
_FEWEST_TO_LEARN: Final = 50
_FEWEST_FILLED: Final = 0.01
_LARGEST_CERTAIN: Final = 50
_ROWS_AT_ONCE: Final = 5_000
_Link = Callable[[Sequence[Mapping[str, Any]]], Any]
_BlockOn = Callable[..., Any]


def is_matching_installed() -> bool:
    """Whether suggestions can be made here."""
    return importlib.util.find_spec("splink") is not None


class SplinkMatcher:
    """See ``Matcher``."""

    def __init__(self, *, threads: int = 2, memory: str = MEMORY) -> None:
        self._threads = threads
        self._memory = memory

    def match(self, records: Iterable[MatchRecord], model: MatchModel, *, threshold: float, most_pairs: int) -> Matched:
        """See ``Matcher``."""
        if not is_matching_installed():
            raise Unavailable(
                "no_matching",
                _("Possible duplicates are found with Splink, which is not installed here."),
                _("Run: pip install 'heartline[matching]', then start heartline again."),
            )
        with tempfile.TemporaryDirectory(prefix="heartline-matching-") as spill:
            db = duckdb.connect(
                config={"threads": self._threads, "memory_limit": self._memory, "temp_directory": spill}
            )
            try:
                return _Matching(db, model).run(records, threshold=threshold, most_pairs=most_pairs)
            finally:
                db.close()


class _Matching:
    """One run over one set of records."""

    def __init__(self, db: Any, model: MatchModel) -> None:  # noqa: ANN401  # DuckDB has no types
        self._db = db
        self._model = model
        self._columns = columns_of(model)
        self._count = 0

    def run(self, records: Iterable[MatchRecord], *, threshold: float, most_pairs: int) -> Matched:
        self._load(records)
        compared = [c for c in self._model.compared if self._is_told(c.column)]
        gathered, largest = self._block() if self._count > 1 and compared else (0, 0)
        pairs: tuple[MatchedPair, ...] = ()
        learned: tuple[str, ...] = ()
        if gathered:
            pairs, learned = self._score(compared, threshold=threshold, most_pairs=most_pairs)
        return Matched(pairs=pairs, records=self._count, compared=gathered, largest_group=largest, learned=learned)

    def _ask(self, sql: str) -> Any:  # noqa: ANN401  # DuckDB has no types
        return self._db.execute(sql).fetchall()[0][0]

    def _load(self, records: Iterable[MatchRecord]) -> None:
        """Put the records into a table, numbered by their refs, so that nothing depends on the order they came in."""
        columns = ", ".join(f"{name} VARCHAR" for name in self._columns)
        self._db.execute(f"CREATE TABLE given (ref VARCHAR NOT NULL, {columns})")
        appender = self._db.appender("given")
        for part in _in_parts(records):
            appender.append_rows([(r.ref, *(r.values.get(name) or None for name in self._columns)) for r in part])
        appender.flush()
        self._db.execute("CREATE TABLE people AS SELECT row_number() OVER (ORDER BY ref) AS number, * FROM given")
        self._db.execute("DROP TABLE given")
        self._count = self._ask("SELECT count(*) FROM people")

    def _is_told(self, column: str) -> bool:
        sql = f"SELECT count({column}), approx_count_distinct({column}) FROM people"
        told, kinds = self._db.execute(sql).fetchall()[0]
        return bool(told > max(1, _FEWEST_FILLED * self._count) and kinds > 1)

    def _block(self) -> tuple[int, int]:
        """Gather the pairs to compare, small groups first, until there are as many as we may compare.

        A value that many share tells little: the groups left out are the largest.
        """
        keys = " UNION ALL ".join(
            f"SELECT number, hash({n}, {parts_sql(rule)}) AS key FROM people WHERE {all_told_sql(c for c, _r in rule)}"
            for n, rule in enumerate(self._model.blocking)
        )
        self._db.execute(f"CREATE TABLE keys AS {keys}")
        sizes = self._db.execute(
            "SELECT size, count(*) FROM (SELECT count(*) AS size FROM keys GROUP BY key) "
            "WHERE size > 1 GROUP BY size ORDER BY size"
        ).fetchall()
        budget, largest = max(FEWEST_PAIRS, PAIRS_A_RECORD * self._count), 0
        for size, groups in sizes:
            budget -= groups * size * (size - 1) // 2
            if budget < 0:
                break
            largest = size
        self._db.execute(
            "CREATE TABLE pairs AS SELECT DISTINCT l.number AS join_key_l, r.number AS join_key_r, '0' AS match_key "
            "FROM keys l JOIN keys r ON l.key = r.key AND l.number < r.number "
            f"WHERE l.key IN (SELECT key FROM keys GROUP BY key HAVING count(*) BETWEEN 2 AND {largest})"
        )
        self._db.execute("DROP TABLE keys")
        return self._ask("SELECT count(*) FROM pairs"), largest

    def _score(
        self, compared: Sequence[Compared], *, threshold: float, most_pairs: int
    ) -> tuple[tuple[MatchedPair, ...], tuple[str, ...]]:
        splink = importlib.import_module("splink")
        api = splink.DuckDBAPI(connection=self._db)
        expected = self._expect()
        chance = min(0.5, expected / (self._count * (self._count - 1) / 2))

        def link(comparisons: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401  # Splink's linker
            return splink.Linker(api.register("people"), _settings(chance, comparisons), log_level=logging.ERROR)

        by_chance = self._learn_by_chance(link([write_comparison(c) for c in compared]))
        lessons = self._learn(compared, by_chance, link, splink.block_on)
        weighed = [
            weigh_comparison(c, by_chance[n], [x[n] for x in lessons if x[n]], chance=chance, expected=expected)
            for n, c in enumerate(compared)
        ]
        scorer = link(weighed)
        scorer.table_management.register_blocked_pairs_for_predict(api.register("pairs"))
        scored = scorer.inference.predict(threshold_match_probability=threshold, warning_mode="never")
        learned = (c.column for n, c in enumerate(compared) if any(x[n] for x in lessons))
        return self._read(scored.physical_name, compared, chance, most_pairs), tuple(sorted(learned))

    def _expect(self) -> float:
        """Estimate how many true pairs there are, from rules that are nearly always right; never fewer than usual."""
        found = " UNION ".join(
            f"(WITH k AS (SELECT number, hash({', '.join(rule)}) AS key FROM people WHERE {all_told_sql(rule)}), "
            f"g AS (SELECT key FROM k GROUP BY key HAVING count(*) BETWEEN 2 AND {_LARGEST_CERTAIN}) "
            "SELECT l.number AS l, r.number AS r FROM k l JOIN k r ON l.key = r.key AND l.number < r.number "
            "WHERE l.key IN (FROM g))"
            for rule in self._model.certain
        )
        certain = int(self._ask(f"SELECT count(*) FROM ({found})"))
        return max(1.0, certain / self._model.recall, self._model.usual_doubles * self._count)

    @staticmethod
    def _learn_by_chance(teacher: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401  # Splink's linker
        """Learn from pairs at random how often each level comes about by chance (u)."""
        teacher.training.estimate_u_using_random_sampling(
            max_pairs=_TRAINING_PAIRS, seed=1, min_count_per_level=None, num_chunks=1
        )
        comparisons: Sequence[Mapping[str, Any]] = teacher.misc.save_model_to_json()["comparisons"]
        return comparisons

    def _learn(
        self, compared: Sequence[Compared], by_chance: Sequence[Mapping[str, Any]], link: _Link, block_on: _BlockOn
    ) -> list[list[Mapping[str, Any]]]:
        """Learn from pairs that share something how alike true pairs are (m), rule by rule, where there are enough.

        Each rule has a teacher of its own: one that fails leaves its model in pieces. What a rule does not teach,
        because it gathers the pairs by it, is empty.
        """
        lessons = []
        for rule in self._model.training:
            pairs = self._gathered(rule) if {c.column for c in compared}.issuperset(rule) else 0
            if pairs < _FEWEST_TO_LEARN:
                continue
            teacher = link(by_chance)
            most = _TRAINING_PAIRS if pairs > _TRAINING_PAIRS else None
            try:
                teacher.training.estimate_parameters_using_expectation_maximisation(block_on(*rule), max_pairs=most)
            except ValueError as error:
                # Data so clean that a share falls to nothing, which Splink refuses.
                _log.info("store.nothing_learned", rule=" ".join(rule), error=str(error))
                continue
            taught = teacher.misc.save_model_to_json()["comparisons"]
            lessons.append([{} if set(read_by(c)) & set(rule) else t for c, t in zip(compared, taught, strict=True)])
        return lessons

    def _gathered(self, rule: Sequence[str]) -> int:
        groups = f"SELECT count(*) AS n FROM people WHERE {all_told_sql(rule)} GROUP BY {', '.join(rule)}"
        return int(self._ask(f"SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM ({groups})"))

    def _read(
        self, table: str, compared: Sequence[Compared], chance: float, most_pairs: int
    ) -> tuple[MatchedPair, ...]:
        clues = ", ".join(f"gamma_{c.column}, {_bits_sql(c)}" for c in compared)
        rows = self._db.execute(
            f"SELECT l.ref, r.ref, match_probability, {clues} FROM {table} "
            "JOIN people l ON l.number = number_l JOIN people r ON r.number = number_r "
            f"ORDER BY round(match_weight, 6) DESC, l.ref, r.ref LIMIT {int(most_pairs)}"
        ).fetchall()
        start = round(math.log2(chance / (1 - chance)), 3)
        return tuple(_pair(row, compared, start) for row in rows)


def _settings(chance: float, comparisons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "number",
        "probability_two_random_records_match": round(chance, 12),
        "comparisons": list(comparisons),
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }


def _bits_sql(compared: Compared) -> str:
    rare = any(level.rarity for level in compared.levels)
    return f"mw_{compared.column}" + (f" + mw_tf_adj_{compared.column}" if rare else "")


def _pair(row: Sequence[Any], compared: Sequence[Compared], start: float) -> MatchedPair:
    clues = []
    for c, gamma, bits in zip(compared, row[3::2], row[4::2], strict=True):
        names = ("", "other", *(level.name for level in reversed(c.levels)))
        clues.append(Clue(column=c.column, level=names[gamma + 1], bits=round(bits, 3)))
    return MatchedPair(left=row[0], right=row[1], probability=round(row[2], 6), start_bits=start, clues=tuple(clues))


def _in_parts(records: Iterable[MatchRecord]) -> Iterator[list[MatchRecord]]:
    walk = iter(records)
    while part := list(islice(walk, _ROWS_AT_ONCE)):
        yield part
