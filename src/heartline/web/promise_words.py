"""How promises are said: what was promised, and what became of it."""

from __future__ import annotations

from heartline.language import _, ngettext, write_date
from heartline.web.parts.words import duration, number
from heartline.web.promises import Promise, count_days_late


def say_promise(promise: Promise) -> str:
    """What was promised and what became of it: “promised 2 d, took 3.4 d”, “promised for 14 Nov”."""
    due = write_date(promise.due, "MMMd") if promise.due is not None else ""
    if promise.promised_s is None:
        return _("promised for {day}").format(day=due)
    size = duration(promise.promised_s)
    if promise.took_s is not None:
        return _("promised {time}, took {taken}").format(time=size, taken=duration(promise.took_s))
    return _("promised {time}").format(time=size)


def say_kept(promise: Promise | None, ts_us: int, zone: str, *, missed: bool = False) -> list[str]:
    """What a touch tells of a promise: “promised for 14 Nov”, “5 days late” or “has not come”; empty where of none."""
    if promise is None:
        return []
    days = count_days_late(promise, ts_us, zone) or 0
    late = ngettext("{n} day late", "{n} days late", days).format(n=number(days)) if days else ""
    return [say_promise(promise), _("has not come") if missed else late]
