"""Possible duplicates on data with known truth, beside Splink's documented starting points: python bench/matching.py.

Each set goes through the real importer into an installation of its own. *Suggestions*: every record is a customer, what
is told of it are traits, and the queue is judged by pairs. *Splink* is set up as its own documents begin: the README's
quickstart for fake_1000, the febrl3 example for febrl (both judged at the queue's threshold and at the 0.95 at which
the quickstart clusters). Intervals: bootstrap over true people, 95 %. *Rules*: ``soc_sec_id`` and ``email`` are mapped
as strong identifiers, and no two people may become one customer.

``--people N`` prints instead what a run over N made-up customers costs.
"""

from __future__ import annotations

import argparse
import logging
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from machine import describe_machine

from heartline.app import Heartline, open_heartline
from heartline.collect import ImportMapping, Trait, Who
from heartline.config import Settings
from heartline.records import IdentifierKind
from heartline.store import MatchRecord, SplinkMatcher, read_parquet_rows
from heartline.unify import MODEL, THRESHOLD, Rules, find_suggestions
from heartline.web import Desk

SHARED = Path(__file__).parents[2] / "shared/data"
Pair = tuple[str, str]
RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A set with its truth. ``traits`` by column; ``strong`` is the column mapped as a strong identifier."""

    name: str
    file: str
    record: str
    person: str
    traits: Mapping[str, str]
    strong: Who

    @property
    def path(self) -> Path:
        """Where the set lies."""
        return SHARED / self.file

    def people(self) -> dict[str, str]:
        """Return the true person of each record."""
        found: dict[str, str] = {}
        for names, rows in read_parquet_rows(self.path):
            record, person = names.index(self.record), names.index(self.person)
            found.update((row[record], row[person]) for row in rows)
        return found

    def mapping(self, *, strong: bool) -> ImportMapping:
        """Return the mapping: records are known by a weak identifier of their own, and by the strong one if asked."""
        record = Who(column=self.record, kind=IdentifierKind.EXTERNAL, external=RECORD)
        traits = tuple(Trait(name=name, column=column) for column, name in self.traits.items())
        return ImportMapping(name=self.name, who=(record, self.strong) if strong else (record,), traits=traits)


_FEBRL = {
    "given_name": "given_name",
    "surname": "surname",
    "street_number": "street_number",
    "address_1": "address_1",
    "suburb": "suburb",
    "postcode": "postcode",
    "date_of_birth": "date_of_birth",
}
_SOCIAL = Who(column="soc_sec_id", kind=IdentifierKind.EXTERNAL, external="soc_sec_id", strong=True)
SETS = (
    *(
        Known(
            name=f"febrl {number}",
            file=f"febrl-1-2/dataset{number}.parquet",
            record="rec_id",
            person="entity",
            traits=_FEBRL,
            strong=_SOCIAL,
        )
        for number in (1, 2)
    ),
    Known(
        name="fake_1000",
        file="splink-fake1000/fake_1000.parquet",
        record="unique_id",
        person="cluster",
        # Under another name than "email", which the gate would hear as an identifier: Splink is given no such help.
        traits={
            "first_name": "first_name",
            "surname": "surname",
            "dob": "dob",
            "city": "city",
            "email": "email_address",
        },
        strong=Who(column="email", kind=IdentifierKind.EMAIL),
    ),
)


@contextmanager
def import_set(known: Known, *, strong: bool) -> Iterator[Heartline]:
    """Open an installation into which a set was imported."""
    with tempfile.TemporaryDirectory() as folder, open_heartline(Settings(data_dir=Path(folder))) as heartline:
        Desk(heartline).run(known.path, known.mapping(strong=strong), source=known.name)
        heartline.catch_up()
        yield heartline


def records_by_customer(heartline: Heartline) -> dict[int, set[str]]:
    """Return the records of each customer."""
    derived = heartline.stores.derived
    table = derived.ownership()
    owners = dict(zip(table.subject_id.tolist(), table.customer_id.tolist(), strict=True))
    found: dict[int, set[str]] = defaultdict(set)
    for one in derived.identifiers(list(owners)):
        if one.identifier.value.startswith(f"{RECORD}:"):
            found[owners[one.identifier_id]].add(one.identifier.value.removeprefix(f"{RECORD}:"))
    return found


def suggest(heartline: Heartline, *, threshold: float = THRESHOLD) -> dict[Pair, float]:
    """Return the suggested pairs of records with their probabilities."""
    stores = heartline.stores
    run = find_suggestions(stores.derived, stores.kept, SplinkMatcher(), rules=Rules(), threshold=threshold)
    owners = stores.derived.owners_of_handles({h for new in run.found for h in (new.left, new.right)})
    records = records_by_customer(heartline)
    return {
        _pair(*sorted(records[owners[new.left]])[:1], *sorted(records[owners[new.right]])[:1]): new.probability
        for new in run.found
    }


def _pair(left: str, right: str) -> Pair:
    return (left, right) if left < right else (right, left)


def false_merges(heartline: Heartline, people: Mapping[str, str]) -> int:
    """Return how many customers hold records of more than one true person."""
    return sum(len({people[r] for r in records}) > 1 for records in records_by_customer(heartline).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Pairwise precision and recall, each with its interval, and how many pairs were named."""

    pairs: int
    precision: float
    recall: float
    precision_interval: tuple[float, float]
    recall_interval: tuple[float, float]


def judge(pairs: Collection[Pair], people: Mapping[str, str], *, draws: int = 1_000) -> Judgement:
    """Judge pairs by the truth. Pairs of one person stand and fall together, so people are drawn, not pairs."""
    numbers = {person: n for n, person in enumerate(sorted(set(people.values())))}
    named = np.array([(numbers[people[a]], numbers[people[b]]) for a, b in sorted(pairs)], dtype=np.int64).reshape(
        -1, 2
    )
    same = named[:, 0] == named[:, 1]
    sizes = np.bincount([numbers[person] for person in people.values()])
    true = sizes * (sizes - 1) / 2
    right = np.bincount(named[same, 0], minlength=len(numbers)).astype(np.float64)
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), size=draws).astype(np.float64)
    wrong = (drawn[:, named[~same, 0]] * drawn[:, named[~same, 1]]).sum(axis=1)
    hits = drawn @ right
    precisions, recalls = hits / np.maximum(hits + wrong, 1), hits / (drawn @ true)
    return Judgement(
        pairs=len(named),
        precision=float(right.sum() / max(1, len(named))),
        recall=float(right.sum() / true.sum()),
        precision_interval=_interval(precisions),
        recall_interval=_interval(recalls),
    )


def _interval(values: Any) -> tuple[float, float]:  # noqa: ANN401  # an array
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def rival_fake(known: Known) -> dict[Pair, float]:
    """Splink as the quickstart of its README sets it up."""
    import splink.comparison_library as cl  # noqa: PLC0415  # an extra
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    db = duckdb.connect()
    api = DuckDBAPI(connection=db)
    data = api.register(db.sql(f"SELECT * REPLACE (dob::DATE AS dob) FROM '{known.path}'"))
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("first_name", [0.9, 0.7]),
            cl.JaroAtThresholds("surname", [0.9, 0.7]),
            cl.DateOfBirthComparison(
                "dob", input_is_string=False, datetime_metrics=["year", "month"], datetime_thresholds=[1, 1]
            ),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on("first_name"), block_on("surname")],
    )
    linker = Linker(data, settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match([block_on("first_name", "surname")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "surname"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    return _scored(linker, known)


def rival_febrl(known: Known) -> dict[Pair, float]:
    """Splink as its febrl3 example sets it up, without ``soc_sec_id``, which is no trait here either."""
    import splink.comparison_library as cl  # noqa: PLC0415  # an extra
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    db = duckdb.connect()
    api = DuckDBAPI(connection=db)
    settings = SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(column) for column in ("given_name", "surname", "date_of_birth", "postcode")
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )
    linker = Linker(api.register(db.sql(f"FROM '{known.path}'")), settings, log_level=logging.ERROR)
    crossed = "l.given_name = r.surname AND l.surname = r.given_name AND l.date_of_birth = r.date_of_birth"
    rules = [block_on("given_name", "surname", "date_of_birth"), crossed]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("postcode"))
    return _scored(linker, known)


def _scored(linker: Any, known: Known) -> dict[Pair, float]:  # noqa: ANN401  # Splink has no types here
    predicted = linker.inference.predict(threshold_match_probability=0.2).as_duckdbpyrelation()
    columns = f"{known.record}_l::VARCHAR, {known.record}_r::VARCHAR, match_probability"
    return {_pair(left, right): p for left, right, p in predicted.select(columns).fetchall()}


def rival(known: Known) -> dict[Pair, float]:
    """Return the pairs of Splink's documented starting point."""
    return rival_fake(known) if known.record == "unique_id" else rival_febrl(known)


def over(scored: Mapping[Pair, float], threshold: float) -> list[Pair]:
    """Return the pairs of at least a probability."""
    return [pair for pair, probability in scored.items() if probability >= threshold]


def write_line(who: str, threshold: float, j: Judgement) -> str:
    """Return one line of the table."""
    both = 2 * j.precision * j.recall / max(1e-9, j.precision + j.recall)
    p, r = j.precision_interval, j.recall_interval
    return (
        f"  {who:<12} at {threshold:.2f}  {j.pairs:>5} pairs  precision {j.precision:.4f} [{p[0]:.4f}, {p[1]:.4f}]  "
        f"recall {j.recall:.4f} [{r[0]:.4f}, {r[1]:.4f}]  F1 {both:.4f}"
    )


def compare_sets() -> None:
    """Print precision and recall of every set, ours and Splink's, and the false merges of the rules."""
    for known in SETS:
        people = known.people()
        true = sum(1 for a, b in combinations(people.values(), 2) if a == b)
        print(f"{known.name}: {len(people)} records, {true} true pairs")
        with import_set(known, strong=False) as heartline:
            ours = suggest(heartline, threshold=0.2)
        theirs = rival(known)
        for threshold in (0.2, THRESHOLD, 0.95):
            print(write_line("heartline", threshold, judge(over(ours, threshold), people)))
            print(write_line("Splink", threshold, judge(over(theirs, threshold), people)))
        with import_set(known, strong=True) as heartline:
            merged = [records for records in records_by_customer(heartline).values() if len(records) > 1]
            wrong = false_merges(heartline, people)
        print(f"  rules: {known.strong.column} strong makes {len(merged)} customers of several records, {wrong} false")


_FIRST = ("anna", "ben", "clara", "david", "elif", "finn", "greta", "hugo", "ida", "jonas", "kim", "lena", "noah")
_LAST = ("meyer", "schmidt", "okafor", "silva", "tanaka", "novak", "rossi", "dubois", "jensen", "kaya", "lopez")


def make_people(count: int) -> Iterator[MatchRecord]:
    """Make customers of whom one in twenty is another's double, written a little differently."""
    rng = np.random.default_rng(7)
    originals: list[dict[str, str]] = []
    for n in range(count):
        if originals and rng.random() < 0.05:
            values = dict(originals[int(rng.integers(len(originals)))])
            values["last_name"] = values["last_name"][:-1]
            if rng.random() < 0.5:
                values.pop("email", None)
                values.pop("email_name", None)
        else:
            first = f"{_FIRST[int(rng.integers(len(_FIRST)))]}{'aeiou'[int(rng.integers(5))]}{int(rng.integers(60)):x}"
            last = f"{_LAST[int(rng.integers(len(_LAST)))]}{int(rng.integers(2_000)):x}"
            name = f"{first}.{last}{n}"
            values = {
                "first_name": first,
                "last_name": last,
                "birth_date": str(np.datetime64("1940-01-01") + int(rng.integers(24_000))),
                "email": f"{name}@example.org",
                "email_name": name,
                "post_code": f"{int(rng.integers(90_000)) + 10_000}",
                "city": f"city {int(rng.integers(3_000))}",
            }
            originals.append(values)
        yield MatchRecord(ref=f"{(n * 2_654_435_761) % 2**32:032x}", values=values)


def measure_cost(count: int) -> None:
    """Print what a run over made-up customers costs."""
    began, cpu = time.monotonic(), time.process_time()
    matched = SplinkMatcher().match(make_people(count), MODEL, threshold=THRESHOLD, most_pairs=10_000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(
        f"{count:,} customers: {matched.compared:,} pairs compared (groups up to {matched.largest_group}), "
        f"{len(matched.pairs):,} kept; {time.monotonic() - began:.0f} s, {time.process_time() - cpu:.0f} CPU s, "
        f"peak {peak:,.0f} MiB"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, or measure the cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=0)
    asked = parser.parse_args(arguments)
    print(" · ".join(f"{name} {value}" for name, value in describe_machine().items()))
    if asked.people:
        measure_cost(asked.people)
    else:
        compare_sets()


if __name__ == "__main__":
    main()
