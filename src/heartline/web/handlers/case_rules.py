"""``/settings/rules``: what opens cases by itself, tried over the last month before it is kept."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from heartline.errors import Invalid
from heartline.language import _
from heartline.records import CaseRule, Right
from heartline.web.answers import Answer, page, redirect
from heartline.web.case_rules import FIELD_OF, START, keep_rule, parse_rule, read_sheet, switch_rule
from heartline.web.pages.case_rules import PATH, draw_rule, draw_rules
from heartline.web.visit import Visit

_OPT: Final = {"right": Right.CHANGE_WORKSPACE}


@get(PATH, opt=_OPT, sync_to_thread=True)
def show_rules(visit: Visit) -> Answer:
    """List the rules that open cases."""
    kept = visit.heartline.stores.kept
    body = draw_rules(visit.plain_view, kept.case_rules(), kept.rule_counts())
    return page(visit, body, title=_("Case rules"), controls=False)


@get("/settings/rules/new", opt=_OPT, sync_to_thread=True)
def show_new_rule(visit: Visit) -> Answer:
    """Show the form of a new rule, with what its proposal would have opened."""
    return rule_page(visit, START)


@post(PATH, opt=_OPT, sync_to_thread=True)
def add_rule(visit: Visit) -> Answer:
    """Try a new rule, or keep it from now on."""
    return try_or_keep(visit, START)


@get("/settings/rules/{rule_id:int}", opt=_OPT, sync_to_thread=True)
def show_rule(visit: Visit, rule_id: int) -> Answer:
    """Show a rule, what it did, and what it would have done last month."""
    return rule_page(visit, visit.heartline.stores.kept.case_rule(rule_id))


@post("/settings/rules/{rule_id:int}", opt=_OPT, sync_to_thread=True)
def change_rule(visit: Visit, rule_id: int) -> Answer:
    """Try a changed rule, or keep it."""
    return try_or_keep(visit, visit.heartline.stores.kept.case_rule(rule_id))


@post("/settings/rules/{rule_id:int}/switch", opt=_OPT, sync_to_thread=True)
def turn_rule(visit: Visit, rule_id: int) -> Answer:
    """Switch a rule on, from now, or off."""
    on = visit.field("on") == "1"
    switch_rule(visit, rule_id, on=on)
    return redirect(visit, f"{PATH}/{rule_id}", notice=_("It is on.") if on else _("It is off."))


@post("/settings/rules/{rule_id:int}/drop", opt=_OPT, sync_to_thread=True)
def drop_rule(visit: Visit, rule_id: int) -> Answer:
    """Forget a rule; the cases it opened stay."""
    visit.heartline.stores.kept.drop_case_rule(visit.heartline.stores.kept.case_rule(rule_id).rule_id)
    visit.note("case_rule.dropped", f"{rule_id}")
    return redirect(visit, PATH, notice=_("The rule is gone. Its cases stay."))


def rule_page(
    visit: Visit, rule: CaseRule, *, said: dict[str, str] | None = None, problem: tuple[str, str] = ("", "")
) -> Answer:
    """Compose the page of a rule; ``problem`` is (field, sentence) of a form that was refused."""
    sheet = read_sheet(visit, rule, said=said, tries=not problem[1])
    body = draw_rule(visit.plain_view, sheet, problem=problem)
    crumbs = (("/settings", _("Settings")), (PATH, _("Case rules")))
    title = rule.name or _("A new rule")
    return page(visit, body, title=title, crumbs=crumbs, controls=False, status=400 if problem[1] else 200)


def try_or_keep(visit: Visit, had: CaseRule) -> Answer:
    """Read the form; show what it would have done, or keep it."""
    said = {name: values[0] for name, values in visit.form.items() if values}
    sheet = read_sheet(visit, had, tries=False)
    try:
        rule = parse_rule(said, had, owners=[*sheet.owners, had.deputy], teams=sheet.teams)
    except Invalid as error:
        return rule_page(visit, had, said=said, problem=(FIELD_OF.get(error.code, "name"), f"{error}"))
    if visit.field("act") == "try":
        return rule_page(visit, rule, said=said)
    return redirect(visit, f"{PATH}/{keep_rule(visit, rule).rule_id}", notice=_("Saved."))


routes: Final[list[HTTPRouteHandler]] = [
    show_rules,
    show_new_rule,
    add_rule,
    show_rule,
    change_rule,
    turn_rule,
    drop_rule,
]
