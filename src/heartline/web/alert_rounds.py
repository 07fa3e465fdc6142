"""The round of the alerts: looks are taken, owners are told once, deputies where nobody has looked.

A look and its firing are one transaction; a letter is one by its key; what webhooks are told is queued with the mark
that it was. So a round that dies anywhere is taken up again, and tells nobody twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from heartline.act import Look, hours_open_at, last_look, look_at, space_firings
from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _, ngettext, speaking
from heartline.log import get_logger
from heartline.records import Alert, Firing, Letter, LetterKind, User
from heartline.web.alert_ears import listen, name_themes_of
from heartline.web.alert_words import name_watched, say_firing
from heartline.web.letters import read_sender
from heartline.web.loops import name_user

_HOUR_US: Final = 3_600_000_000
_log = get_logger("web")


def go_round_alerts(heartline: Heartline, *, now_us: int) -> int:
    """Take the looks that are due, tell who is to be told; return how many alerts fired."""
    fired = take_looks(heartline, now_us=now_us)
    workspace = heartline.workspace
    zone, first, last = workspace.timezone, workspace.letters_from, workspace.letters_to
    # At night nobody is woken by a figure; what fired then is told in the morning.
    if hours_open_at(now_us, zone=zone, first=first, last=last) == now_us:
        tell_owners(heartline, now_us=now_us)
        tell_deputies(heartline, now_us=now_us)
    return fired


def take_looks(heartline: Heartline, *, now_us: int) -> int:
    """Look for each alert that was not looked at since the newest instant for it; return how many fired.

    Where a comment of the window is not heard yet, the look is taken later: until the next instant there is time.
    """
    kept, at_us = heartline.stores.kept, last_look(now_us)
    due = [one for one in kept.alerts() if one.enabled and one.looked_us < at_us and one.snoozed_us <= now_us]
    fired = 0
    for alert in due:
        log = heartline.log()
        looks = look_at(log, alert, [at_us], listen(heartline, log, alert))
        if any(look.unheard for look in looks):
            continue
        look = heed_cooldown(heartline, alert, looks)
        kept.note_look(alert, at_us, None if look is None else look.metric)
        fired += look is not None
    return fired


def heed_cooldown(heartline: Heartline, alert: Alert, looks: Sequence[Look]) -> Look | None:
    """Return the look that fires, the cooldown heeded."""
    last = next(iter(heartline.stores.kept.firings(limit=1, alert_id=alert.alert_id)), None)
    return next(iter(space_firings(looks, alert, fired_us=last.look_us if last else None)), None)


def tell_owners(heartline: Heartline, *, now_us: int) -> None:
    """Tell each owner of what fired at one look in one letter, and the webhooks of each firing."""
    kept = heartline.stores.kept
    known = {alert.alert_id: alert for alert in kept.alerts()}
    told: defaultdict[tuple[int, str], list[Firing]] = defaultdict(list)
    for firing in kept.untold_firings():
        if firing.alert_id in known:
            told[firing.look_us, known[firing.alert_id].owner].append(firing)
    for (look_us, owner), firings in told.items():
        by_mail = [firing for firing in firings if known[firing.alert_id].by_mail]
        if by_mail:
            write_to(heartline, owner, by_mail, known, key=f"alerts:{look_us}:{owner}")
        events = [tell_event(heartline, known[firing.alert_id], firing) for firing in firings]
        kept.note_told([firing.firing_id for firing in firings], events, now_us=now_us)


def tell_deputies(heartline: Heartline, *, now_us: int) -> None:
    """Tell the deputy of what nobody has looked at for as long as its alert allows; once each."""
    kept = heartline.stores.kept
    known = {alert.alert_id: alert for alert in kept.alerts()}
    for firing in kept.unanswered_firings(told_before_us=now_us):
        alert = known.get(firing.alert_id)
        if alert is None or not alert.deputy or not alert.escalate_hours:
            continue
        if now_us - firing.told_us < alert.escalate_hours * _HOUR_US:
            continue
        write_to(heartline, alert.deputy, [firing], known, key=f"alert:{firing.firing_id}:deputy", late=True)
        kept.note_alert_escalated(firing.firing_id, now_us=now_us)


def tell_event(heartline: Heartline, alert: Alert, firing: Firing) -> dict[str, object]:
    """Return what webhooks are told of a firing: figures, and a sentence in the company's first language."""
    with speaking(next(iter(heartline.workspace.languages), "en")):
        return {
            "alert": alert.alert_id,
            "name": alert.name,
            "measure": alert.measure,
            **({"theme": alert.theme} if alert.theme else {}),
            "value": round(firing.value, 4),
            "low": round(firing.low, 4),
            "high": round(firing.high, 4),
            "n": firing.n,
            "bound": alert.bound,
            "below": alert.below,
            "text": say_firing(alert, firing),
            "path": f"/alerts/{alert.alert_id}",
        }


def write_to(
    heartline: Heartline,
    name: str,
    firings: Sequence[Firing],
    known: Mapping[int, Alert],
    *,
    key: str,
    late: bool = False,
) -> None:
    """Queue one letter to somebody here, in the language they read; nothing where nobody has that name."""
    users = heartline.stores.kept.users()
    user = next((one for one in users if one.enabled and name_user(one, users) == name), None)
    if user is None:
        return
    with speaking(user.language):
        subject, text = compose(heartline, user, firings, known, late=late)
    try:
        heartline.stores.kept.queue_letter(
            Letter(to=user.email, subject=subject, text=text, kind=LetterKind.ALERT, key=key)
        )
    except Invalid as error:
        _log.warning("web.alert_not_written", user=user.user_id, error=str(error))


def compose(
    heartline: Heartline, user: User, firings: Sequence[Firing], known: Mapping[int, Alert], *, late: bool
) -> tuple[str, str]:
    """Write subject and text of a letter of alerts: what, how far beyond, out of how many, and where to look."""
    base = read_sender(heartline).base
    first = known[firings[0].alert_id]
    subject = _("Alert: {name}").format(name=first.name)
    if len(firings) > 1:
        subject = ngettext("{n} alert", "{n} alerts", len(firings)).format(n=len(firings))
    themes = name_themes_of(heartline.stores.kept.themes())
    lines = [_("Good day {name},").format(name=user.name), ""]
    if late:
        lines += [_("Nobody has looked at this yet, so it comes to you."), ""]
    for firing in firings:
        alert = known[firing.alert_id]
        lines += [
            f"{alert.name}: {name_watched(alert, themes)}",
            say_firing(alert, firing),
            f"{base}/alerts/{alert.alert_id}",
        ]
        lines.append("")
    return subject, "\n".join(lines).rstrip() + "\n"
