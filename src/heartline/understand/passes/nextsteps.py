"""Next steps as a pass: what followed a touchpoint in runs that are over, and what that says of each open run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial as bind

import numpy as np

from heartline.understand.log import Ints
from heartline.understand.nextsteps import NextSteps, pair_next, share_steps
from heartline.understand.passes.shape import Pass, mask_codes, share_names
from heartline.understand.runs import PackedRuns, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """An open run: whose, its last touch (seq, time), and what followed there in runs that are over."""

    customer: int
    seq: int
    last_us: int
    following: NextSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPartial:
    """The touches asked about of runs that are over (code, next code or −1, customer's number), and the open runs."""

    names: tuple[str, ...]
    code: Ints
    following: Ints
    customer: Ints
    open_customer: Ints
    open_code: Ints
    open_seq: Ints
    open_us: Ints


def plan_next_steps(
    touchpoints: Iterable[str], *, most: int | None = 5
) -> Pass[PackedRuns, NextPartial, dict[str, NextSteps]]:
    """Return the pass that finds what followed each of these touchpoints."""
    asked = tuple(dict.fromkeys(touchpoints))
    return Pass(
        partial=bind(list_next, touchpoints=asked),
        merge=merge_next,
        finish=bind(finish_next, touchpoints=asked, most=most),
    )


def find_next_steps(runs: PackedRuns, touchpoints: Iterable[str], *, most: int | None = 5) -> dict[str, NextSteps]:
    """Find what followed each of these touchpoints in runs that are over; beyond ``most`` steps, "other".

    Shares have Wilson intervals, clustered by customer. The same touchpoint again is a step like any other.
    """
    return plan_next_steps(touchpoints, most=most).run(runs)


def plan_outlook(*, most: int | None = 5) -> Pass[PackedRuns, NextPartial, tuple[Outlook, ...]]:
    """Return the pass that gives each open run its next steps."""
    return Pass(partial=bind(list_next, touchpoints=None), merge=merge_next, finish=bind(finish_outlook, most=most))


def foresee(runs: PackedRuns, *, most: int | None = 5) -> tuple[Outlook, ...]:
    """Give each open run the steps that followed where it stands, with their shares; by customer."""
    return plan_outlook(most=most).run(runs)


def list_next(runs: PackedRuns, *, touchpoints: tuple[str, ...] | None) -> NextPartial:
    """List the steps of a part (None: after every touchpoint), and its open runs."""
    following, code, customer = pair_next(runs)
    names = runs.log.names["touchpoint"]
    if touchpoints is not None:
        asked = mask_codes(names, touchpoints)[code]
        following, code, customer = following[asked], code[asked], customer[asked]
    going = np.flatnonzero(runs.state == RunState.OPEN)
    last = runs.last[going]
    return NextPartial(
        names=names,
        code=code,
        following=following,
        customer=runs.log.customers[customer],
        open_customer=runs.log.customers[runs.customer[going]],
        open_code=runs.log.codes["touchpoint"][last].astype(np.int64),
        open_seq=runs.log.seq[last],
        open_us=runs.log.ts_us[last],
    )


def merge_next(parts: Sequence[NextPartial]) -> NextPartial:
    """Lay all by customer."""
    if len(parts) == 1:
        return parts[0]
    customer = np.concatenate([part.customer for part in parts])
    order = np.argsort(customer, kind="stable")
    going = np.concatenate([part.open_customer for part in parts])
    by = np.argsort(going, kind="stable")
    return NextPartial(
        names=share_names(parts),
        code=np.concatenate([part.code for part in parts])[order],
        following=np.concatenate([part.following for part in parts])[order],
        customer=customer[order],
        open_customer=going[by],
        open_code=np.concatenate([part.open_code for part in parts])[by],
        open_seq=np.concatenate([part.open_seq for part in parts])[by],
        open_us=np.concatenate([part.open_us for part in parts])[by],
    )


def finish_next(partial: NextPartial, *, touchpoints: tuple[str, ...], most: int | None) -> dict[str, NextSteps]:
    """Share the steps after each touchpoint asked about."""
    return share_steps(touchpoints, partial.following, partial.code, partial.customer, partial.names, most=most)


def finish_outlook(partial: NextPartial, *, most: int | None) -> tuple[Outlook, ...]:
    """Share the steps after where each open run stands."""
    places = [partial.names[code] for code in partial.open_code.tolist()]
    found = finish_next(partial, touchpoints=tuple(dict.fromkeys(places)), most=most)
    return tuple(
        Outlook(customer=customer, seq=seq, last_us=last_us, following=found[at])
        for customer, seq, last_us, at in zip(
            partial.open_customer.tolist(), partial.open_seq.tolist(), partial.open_us.tolist(), places, strict=True
        )
    )
