"""A State for the synthetic events of the journey bars: each subject is a customer, who told a plan and a city."""

from __future__ import annotations

import shutil
from pathlib import Path

from heartline.records import Ownership
from heartline.store import Stores, open_stores

PART = 20_000
ALWAYS_US, FOREVER_US = -(2**63), 2**63 - 1


def own(subject: int, customer: int) -> tuple[Ownership, ...]:
    """Return a subject's whole life as one customer's."""
    return (Ownership(subject_id=subject, from_us=ALWAYS_US, to_us=FOREVER_US, customer_id=customer),)


def fill_state(stores: Stores) -> int:
    """Give every subject in History an owner and a profile; return how many there are."""
    subjects = stores.history.subjects(after_seq=-1).tolist()
    for start in range(0, len(subjects), PART):
        part = subjects[start : start + PART]
        with stores.derived.batch(stores.history.offset()) as batch:
            batch.own({subject: own(subject, subject) for subject in part}, new=set(part))
            batch.write_profiles({s: {"plan": f"plan {s % 4}", "city": f"city {s % 40}"} for s in part})
    return len(subjects)


def lay_company(folder: Path) -> None:
    """Lay State and History down in a data directory beside the events, once."""
    company = folder / "company"
    if not (folder / "company-done").exists():
        shutil.rmtree(company, ignore_errors=True)
        company.mkdir()
        shutil.copy(folder / "history.duckdb", company / "history.duckdb")
        stores = open_stores(company)
        fill_state(stores)
        stores.close()
        (folder / "company-done").touch()
