"""schemathesis over the whole OpenAPI document: no call, however odd, gets a 5xx, hangs, or an answer not promised."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import schemathesis
from api_calls import a_token
from browsing import a_user
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from small_company import a_company

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Erasure, Happening, Role, SuggestionStatus
from heartline.store import NewSuggestion
from heartline.web import make_site
from heartline.web.api import make_document
from heartline.web.chores import find_chore
from heartline.web.mapping import list_journeys

FUZZ = int(os.environ.get("FUZZ", "0"))
EXAMPLES = 6 * FUZZ or 2
"""How many calls of each operation, besides those at the edges of each field; ``make fuzz`` asks for more."""
MOST_CPU_S = 5.0
"""Of work for one call: how long a machine lets it wait says nothing about it."""
BASE = "http://testserver"

# Whether a filter, a journey or a cursor means something depends on the data, which no document can say.
CHECKS = {
    "checks": {
        "positive_data_acceptance": {"enabled": False},
        # A list longer than allowed may be too large a body before anybody counts it.
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]},
    }
}
EDGED = [f"/api/v1/{path}" for path in ("answers", "customers", "cases", "audit", "journeys/{journey_id}/ways")]
"""Of the questions, those whose every edge is tried each time: the others read their names by the same code."""
SHORT = {
    "operations": [
        {"include-method": "GET", "exclude-path": EDGED, "phases": {"coverage": {"enabled": False}}},
    ]
}


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin(Settings(api_calls_a_minute=0, webhook_allow="127.0.0.1")) as opened:
        yield a_company(opened, seed=3)
        for chore in ("duplicates", "erasing"):
            begun = find_chore(opened, chore)
            if begun is not None and begun.thread is not None:
                begun.thread.join()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is in the company: random letters alone would never name a journey, a customer or a touch."""

    names: dict[str, list[Any]]
    doomed: list[str]
    """Who may be erased: the others are still asked about."""

    def mend(self, case: Any) -> None:
        """Put what there is in place of three in four values, the same in place of the same."""
        draw = random.Random(repr((case.path_parameters, case.query, case.body)))
        names = self.names | ({"ref": self.doomed} if case.path.endswith("/erasure") else {})
        for given in (case.path_parameters, case.query, case.body):
            for name in given if isinstance(given, dict) else ():
                if name in names and draw.random() < 0.75:
                    given[name] = draw.choice(names[name])
        if isinstance(case.query, dict) and case.query.get("by"):
            case.query.setdefault("is", draw.choice(self.names["is"]))


def a_pair(left: str, right: str) -> NewSuggestion:
    """Two customers who may be one."""
    return NewSuggestion(left=left, right=right, probability=0.9, start_bits=-9.0, clues=(), over_limit=False)


@pytest.fixture(scope="module")
def known(company: Heartline) -> Known:
    log, kept = company.log(), company.stores.kept
    journey = list_journeys(company, log)[0]
    rows = np.flatnonzero(log.has_text)[:5]
    profiles = company.stores.derived.profiles([int(owner) for owner in log.customers[:5]])
    refs = [profile.ref for profile in profiles.values()]
    cases = [
        kept.open_case(title="t", handle=ref, seq=int(log.seq[row]), owner="", due_us=1, opened_by="o").case_id
        for ref, row in zip(refs, rows, strict=True)
    ]
    handles = [item.handle for item in company.stores.derived.identifiers([int(owner) for owner in log.customers[:5]])]
    pairs = [a_pair(left, right) for left, right in pairwise(sorted(refs))]
    kept.renew_suggestions(pairs, at_us=1)
    suggested = [pair.suggestion_id for pair in kept.suggestions(SuggestionStatus.OPEN, limit=9)]
    staff = [a_user(company, role=Role.AGENT, email=f"agent{number}@example.com").user_id for number in range(3)]
    doomed = [one.ref for one in company.stores.derived.profiles([int(owner) for owner in log.customers[6:8]]).values()]
    kept.set_erasure(Erasure(certificate="E-20260101-0a0b0c0d", ref="0" * 32, by="o", reason="r", asked_us=1), plan=b"")
    hook = kept.add_endpoint(url="https://127.0.0.1/hook", events=(Happening.CASE_OPENED,), secret="whsec_x")
    return Known(
        doomed=doomed,
        names={
            "range": ["", "all", "4w", "52w", "2026-01-01..2026-12-31"],
            "by": ["place", "channel", "product", "region"],
            "is": ["North", "web", ""],
            "where": ["place=North", "place=North&channel=app", ""],
            "touchpoint": [["Courier"], ["Chat", "Checkout"]],
            "journey": [journey.journey_id],
            "journey_id": [journey.journey_id],
            "stage": [stage.name for stage in journey.stages],
            "since": ["", "2026-03-01T00:00:00Z"],
            "until": ["", "2026-10-01T00:00:00+02:00"],
            "after": [""],
            "q": ["u1", "u7", "visitor"],
            "ref": refs,
            "customer": refs,
            "other": refs,
            "one": handles,
            "two": [""],
            "handle": handles,
            "reason": ["Said on the phone"],
            "suggestion_id": suggested,
            "user_id": staff,
            "team": [None, 0],
            "certificate": ["E-20260101-0a0b0c0d"],
            "endpoint_id": [hook.endpoint_id],
            "url": ["https://127.0.0.1/hook"],
            "segment": [None, {"field": "place", "value": "North"}],
            "case_id": cases,
            "source_id": [1],
            "interaction": [int(log.seq[row]) for row in rows],
            "owner": [None, ""],
            "due": [None, "2027-01-04"],
            "was": [None],
        },
    )


@pytest.fixture(scope="module")
def promised(company: Heartline) -> Any:
    """The document, its calls made in this process. Only who runs these tests draws what is called."""
    schema = schemathesis.openapi.from_dict(
        make_document(), config=schemathesis.Config.from_dict(CHECKS if FUZZ else CHECKS | SHORT)
    )
    schema.app = make_site(company)
    return schema


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A program that may do everything, with what is in the company."""

    headers: dict[str, str]
    known: Known

    def call(self, case: Any) -> None:
        """Call once, and hold the answer to what is promised."""
        if case.meta.generation.mode is GenerationMode.POSITIVE:
            self.known.mend(case)
        began = time.process_time()
        case.call_and_validate(base_url=BASE, headers=self.headers)
        assert time.process_time() - began < MOST_CPU_S, "it hung"


@pytest.fixture(scope="module")
def caller(company: Heartline, known: Known) -> Caller:
    token = a_token(company, a_user(company))
    return Caller(headers={"Authorization": f"Bearer {token}"}, known=known)


@pytest.fixture(autouse=True)
def named(request: pytest.FixtureRequest) -> None:
    """Give a test the name that schemathesis writes over for each operation: pytest keeps its own elsewhere now."""
    request.node._nodeid = request.node.nodeid


schema = schemathesis.pytest.from_fixture("promised")
tried = settings(max_examples=EXAMPLES, deadline=None, derandomize=not FUZZ, suppress_health_check=list(HealthCheck))


@schema.include(method="GET").parametrize()
@tried
def test_every_question_gets_an_answer_that_was_promised(case: Any, caller: Caller) -> None:
    caller.call(case)


@schema.exclude(method="GET").parametrize()
@tried
def test_every_order_gets_an_answer_that_was_promised(case: Any, caller: Caller) -> None:
    caller.call(case)
