"""Every page heartline has, each by a name and an address that holds on any furnished sample."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from visiting import Visitor, read_links

from heartline.web import handlers

PAGES = {
    "Home": "/",
    "Home, all time": "/?range=all",
    "Home, filtered": "/?by=place&is=North",
    "Find": "/find?q=a",
    "Find, nothing": "/find?q=zzzzzz",
    "answers": "/answers?measure=nps",
    "answers, nobody": "/answers?measure=nps&by=place&is=Nowhere",
    "comments": "/answers?measure=comments&sort=lowest",
    "NPS": "/scores?measure=nps",
    "CSAT": "/scores?measure=csat",
    "CES": "/scores?measure=ces",
    "stars": "/scores?measure=stars",
    "how they feel": "/scores?measure=valence",
    "what they say": "/voice?range=all",
    "what they say, one kind": "/voice?range=all&kind=complaint&sounds=negative",
    "what they say, nobody": "/voice?by=place&is=Nowhere",
    "the reader": "/voice/reader",
    "the silent rest": "/voice/silent?range=all",
    "themes": "/voice/themes?range=all",
    "themes, nobody": "/voice/themes?by=place&is=Nowhere",
    "scores, split by a trait": "/scores?trait=plan",
    "what moved": "/moves?range=all",
    "drivers": "/drivers?range=all",
    "rivals": "/rivals?range=all",
    "scores of one touchpoint": "/scores?measure=nps&touchpoint=Courier%20at%20the%20door&range=all",
    "what moved, of some": "/moves?by=place&is=North",
    "what moved, nobody": "/moves?by=place&is=Nowhere",
    "journeys": "/journeys",
    "map": "/journeys/{journey}",
    "map, the story's spot": "/journeys/{journey}?by=place&is=North&spot=Delivery",
    "map, nobody": "/journeys/{journey}?by=place&is=Nowhere",
    "cell, people": "/journeys/{journey}/cell?stage={stage}",
    "cell, said": "/journeys/{journey}/cell?stage={stage}&lane=said",
    "cell, felt": "/journeys/{journey}/cell?stage={stage}&lane=felt",
    "cell, waited": "/journeys/{journey}/cell?stage={stage}&lane=waited",
    "cell, lost": "/journeys/{journey}/cell?stage={stage}&lane=lost",
    "cell, now": "/journeys/{journey}/cell?stage={stage}&lane=now",
    "where they are now": "/journeys/{journey}/now",
    "paths": "/journeys/{journey}/paths",
    "who came back": "/journeys/cohorts",
    "who came back, in that week or later": "/journeys/cohorts?range=all&rolling=1",
    "two groups": "/journeys/{journey}/compare?range=all",
    "two periods": "/journeys/{journey}/compare?range=12w&split=time",
    "funnel": "/journeys/{journey}/funnel",
    "funnel, broken down": "/journeys/{journey}/funnel?split=place&within=30d&order=any",
    "funnel, nobody": "/journeys/{journey}/funnel?by=place&is=Nowhere",
    "funnel, people": "/journeys/{journey}/funnel/people?step=1",
    "funnel, lost": "/journeys/{journey}/funnel/people?step=1&lost=1",
    "what is remembered": "/journeys/{journey}/memory?range=all",
    "what is remembered, too few": "/journeys/{journey}/memory?by=place&is=Nowhere",
    "map on paper": "/journeys/{journey}/paper",
    "map on large paper": "/journeys/{journey}/paper?sheet=a3&range=all",
    "two months": "/journeys/{journey}/compare?split=months",
    "map as a table": "/journeys/{journey}/table",
    "change a journey": "/journeys/{journey}/edit",
    "a map's notes": "/journeys/{journey}/document",
    "a map's snapshots": "/journeys/{journey}/snapshots",
    "where it hurts": "/pains",
    "where it hurts, whole": "/pains/list",
    "a pain": "/pains/{pain}",
    "a pain, who met it": "/pains/{pain}/touches",
    "where it hurts, nobody": "/pains/list?by=place&is=Nowhere",
    "one-page report": "/report",
    "one-page report, whole": "/report/whole?range=all&by=place&is=North",
    "touchpoints": "/touchpoints",
    "customers": "/customers",
    "customers, searched": "/customers?q=ma",
    "customers, nobody": "/customers?q=zzzzzz",
    "possible duplicates": "/customers/duplicates",
    "possible duplicates, decided": "/customers/duplicates?show=decided",
    "customer": "/customers/{ref}",
    "customer, all time": "/customers/{ref}?range=all",
    "an identifier that is to stand for nobody": "/customers/{ref}/identity?do=block&one={ref}",
    "who else is this": "/customers/{ref}/join?q=ma",
    "two as one": "/customers/{ref}/join?other={other}",
    "customer, a run moment by moment": "/customers/{walker}/runs/{journey}",
    "cases": "/cases",
    "case": "/cases/{case}",
    "new case": "/cases/new?seq={seq}",
    "cases, nobody's": "/cases?show=unowned",
    "what the cases say": "/cases/loops",
    "alerts": "/alerts",
    "alert": "/alerts/1",
    "new alert": "/alerts/new?measure=csat",
    "new alert on comments": "/alerts/new?measure=heard_negative",
    "digest": "/digest",
    "opportunities": "/opportunities",
    "opportunities, gain and effort": "/opportunities?show=matrix",
    "sources": "/data",
    "source": "/data/sources/{source}",
    "source, by hand": "/data/sources/{source}?kit=curl",
    "source, its rules": "/data/sources/{source}/rules",
    "traffic": "/data/traffic",
    "live": "/data/live",
    "imports": "/data/imports",
    "import, columns": "/data/imports/{identity}",
    "import, tried dry": "/data/imports/{identity}/dry",
    "import, done": "/data/imported/{imported}",
    "import, its undoing": "/data/imported/{imported}/undo",
    "refused": "/data/refused",
    "refused, of one reason": "/data/refused?reason=junk_identity",
    "refused, one of them": "/data/refused/{refused}",
    "the account": "/data/account",
    "who is who": "/data/identity",
    "settings": "/settings",
    "places": "/settings/places",
    "definitions": "/settings/definitions",
    "wellbeing": "/settings/wellbeing",
    "surveys": "/surveys",
    "new survey": "/surveys/new",
    "survey calendar": "/surveys/calendar",
    "survey being built": "/surveys/2/edit",
    "survey being translated": "/surveys/2/translate?lang=de",
    "survey": "/surveys/1",
    "inviting": "/surveys/1/invite",
    "outbox": "/settings/outbox",
    "letter": "/settings/outbox/1",
    "case rules": "/settings/rules",
    "case rule": "/settings/rules/1",
    "new case rule": "/settings/rules/new",
    "shared links": "/settings/shares",
    "a shared table": "/shared/{shared}",
    "webhooks": "/settings/webhooks",
    "webhook": "/settings/webhooks/1",
    "you": "/account",
    "second factor": "/account/second",
    "sessions": "/account/sessions",
    "tokens": "/account/tokens",
    "people": "/settings/people",
    "somebody": "/settings/people/1",
    "audit": "/settings/audit",
    "customer, privacy": "/customers/{ref}/privacy",
    "privacy": "/settings/privacy",
    "certificate": "/settings/privacy/{certificate}",
    "how to begin": "/begin",
    "the API": "/api",
    "no such page": "/nothing-here",
}
OUTSIDE = {
    *("/sign-in", "/sign-in/second", "/sign-in/oidc", "/sign-in/oidc/back", "/enter", "/setup", "/password"),
    *("/s/{token:str}", "/s/{token:str}/{mine:str}", "/u/{token:str}", "/y/{token:str}"),
}
"""Before signing in, and for customers: looked at in their own tests."""
NOT_PAGES = {
    "/health",
    "/metrics",
    "/opening",
    "/begin/sample",
    "/data/imports/{identity:str}/run",
    "/data/imported/{import_id:int}/mended",
    "/data/refused/again",
    "/embed/survey.js",
}
"""For machines, parts of a page, and what is only there while something is under way."""
SAMPLE = b"ticket,customer,opened,mood\nT-1,mira@example.com,2026-03-02 10:00,4\nT-2,jo@example.com,2026-03-03 11:30,2"

DIRTY = (
    "order,e-mail,when,paid\n"
    'A-1, Ada@Example.com ,03.02.2026 10:00,"1.204,50"\n'
    'A-2,null,04.02.2026 11:30,"12,00"\n'
    'A-3,bo@example.com,the other day,"9,90"\n'
    'A-4,caf\xe9@example.com,05.02.2026,"3,20"\n'
).encode("cp1252")
DIRTY_MAPPING = {
    "name": "Dirty orders",
    "key": ["order"],
    "who": [{"column": "e-mail", "kind": "email"}],
    "touches": [{"name": {"constant": "Order"}, "when": {"column": "when", "format": "day_first"}}],
    "fields": {"amount": {"column": "paid"}},
    "decimal_comma": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the addresses above are filled with."""

    journey: str
    stage: str
    ref: str
    other: str
    case: str
    seq: str
    source: str
    identity: str
    imported: str
    refused: str
    certificate: str
    pain: str
    walker: str
    shared: str

    def address(self, name: str) -> str:
        return self.fill(PAGES[name])

    def fill(self, path: str) -> str:
        return path.format(**{field: getattr(self, field) for field in Facts.__slots__})


def furnish(visitor: Visitor, *, cases: int = 2) -> Facts:
    """Open cases and bring a file, so that no page stands empty, and learn the addresses of all."""
    journey = visitor.find("/journeys", r"/journeys/(?!cohorts)[^/]+").rsplit("/", 1)[1]
    cells = [link for link in read_links(visitor.get(f"/journeys/{journey}").text) if "/cell?" in link]
    stage = next(found.group(1) for link in cells if (found := re.search(r"stage=([^&]+)", link)))
    comments = visitor.get("/answers?measure=comments&sort=lowest").text
    voices = [found.group(1) for link in read_links(comments) if (found := re.search(r"/cases/new\?.*seq=(\d+)", link))]
    opened = [_open_case(visitor, seq, owner="You" if place % 3 else "") for place, seq in enumerate(voices[:cases], 1)]
    for _ in range(2):  # so that a case names several others of its customer
        _open_case(visitor, voices[0], owner="")
    brought = visitor.post(
        "/data/imports", {}, form="/data/imports", files={"file": ("tickets.csv", SAMPLE, "text/csv")}
    )
    assert brought.status_code == 303, brought.text[:500]
    people = [urlsplit(link).path.rsplit("/", 1)[1] for link in read_links(comments) if "/customers/" in link]
    other = next(ref for ref in people if ref != people[0])
    # A number of the internet, so that nothing is looked up; nothing that happens here is told to it.
    _close_loops(visitor, opened[0])
    hook = {"url": "https://93.184.215.14/heartline", "event": "import.undone"}
    assert visitor.post("/settings/webhooks", hook, form="/settings/webhooks").status_code == 200
    _ask(visitor)
    return Facts(
        journey=journey,
        stage=stage,
        ref=people[0],
        other=other,
        case=opened[0],
        seq=voices[cases],
        source=visitor.find("/data", r"/data/sources/\d+").rsplit("/", 1)[1],
        identity=urlsplit(brought.headers["location"]).path.rsplit("/", 1)[1],
        imported=_import(visitor),
        refused=visitor.find("/data/refused", r"/data/refused/\d+").rsplit("/", 1)[1],
        certificate=_erase(visitor, next(ref for ref in reversed(people) if ref not in {people[0], other})),
        pain=visitor.find("/pains/list", r"/pains/[a-z_]+-[^/]+").rsplit("/", 1)[1],
        walker=visitor.find(f"/journeys/{journey}/cell?stage={stage}", r"/customers/[^/]+/runs/[^/]+").split("/")[2],
        shared=_share(visitor),
    )


def _close_loops(visitor: Visitor, case: str) -> None:
    """Note at a case why it happened and what is being written."""
    cause = {"act": "cause", "cause": "Courier hands over too late"}
    assert visitor.post(f"/cases/{case}", cause, form=f"/cases/{case}").status_code == 303
    visitor.post(f"/cases/{case}/reply", {"act": "draft", "text": "Dear customer,"}, form=f"/cases/{case}")


def _share(visitor: Visitor) -> str:
    """Share a table; return the token of its link."""
    asked = {"name": "The board", "by": "place", "column": ["nps", "stars"], "days": "365"}
    found = re.search(r"/shared/([\w-]{32})", visitor.post("/settings/shares", asked, form="/settings/shares").text)
    assert found
    return found.group(1)


def _import(visitor: Visitor) -> str:
    """Import a dirty file and weigh its undoing; return the number of the import."""
    brought = visitor.post("/data/imports", {}, form="/data/imports", files={"file": ("dirty.csv", DIRTY, "text/csv")})
    here = urlsplit(brought.headers["location"]).path
    chosen = visitor.post(f"{here}/mapping", {"mapping": json.dumps(DIRTY_MAPPING)}, form=here)
    assert chosen.status_code == 303, chosen.text[:500]
    assert visitor.post(f"{here}/run", {}, form=here).status_code == 303
    _wait(visitor, f"{here}/run")
    imported = visitor.find("/data/imports", r"/data/imported/\d+")
    assert visitor.post(f"{imported}/weigh", {}, form=imported).status_code == 303
    _wait(visitor, f"{imported}/undo")
    return imported.rsplit("/", 1)[1]


def _erase(visitor: Visitor, ref: str) -> str:
    """Erase somebody no other page is about; return the certificate's number."""
    asked = {"reason": "asked by letter", "sure": "1", "suppress": "1"}
    answer = visitor.post(f"/customers/{ref}/erase", asked, form=f"/customers/{ref}/privacy")
    assert answer.status_code == 303, answer.text[:500]
    return urlsplit(answer.headers["location"]).path.rsplit("/", 1)[1]


def _wait(visitor: Visitor, path: str) -> None:
    for _ in range(1_500):
        if 'hx-trigger="every 1s"' not in visitor.get(path).text:
            return
        time.sleep(0.2)
    raise AssertionError(f"{path} does not end")


def _ask(visitor: Visitor) -> None:
    """Leave a draft beside the sample's survey, and somebody who is answering that."""
    assert visitor.post("/surveys", {"template": "delivery"}, form="/surveys/new").status_code == 303
    link = re.search(r"/s/[\w-]{24}", visitor.get("/surveys/1").text)
    assert link
    assert visitor.post(link.group(), {"q": "q1", "a": "2"}, form="/surveys/new").status_code == 303


def _open_case(visitor: Visitor, seq: str, *, owner: str) -> str:
    form = f"/cases/new?seq={seq}"
    filled = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', visitor.get(form).text))
    given = {key: unescape(filled[key]) for key in ("seq", "handle", "title", "due")}
    opened = visitor.post("/cases", {**given, "owner": owner}, form=form)
    assert opened.status_code == 303, opened.text[:500]
    return urlsplit(opened.headers["location"]).path.rsplit("/", 1)[1]


def shape_of(path: str) -> str:
    """Return the route that a path belongs to, or the path itself where there is none."""
    for route in page_routes():
        if re.fullmatch(re.sub(r"\\\{\w+:\w+\\\}", r"[^/]+", re.escape(route)), path):
            return route
    return path


FILES = (".csv", ".svg", ".zip", ".json", ".jsonl")
"""How addresses end that answer with a file."""


def page_routes() -> list[str]:
    """Return the routes that answer with a page, the plain ones first (``/cases/new`` before ``/cases/{case_id}``)."""
    found = {
        path
        for route in handlers.ROUTES
        if "GET" in route.http_methods
        for path in route.paths
        if not path.startswith("/assets") and not path.endswith(FILES)
    }
    return sorted(found, key=lambda path: (path.count("{"), path))
