"""A file handed in by the page of imports, as a browser does it: brought, its columns chosen, tried dry, imported."""

from __future__ import annotations

import re
from html import unescape

from browsing import Browser

from heartline.app import Heartline
from heartline.collect import DryRun, ImportReport
from heartline.web.chores import find_chore


def bring(browser: Browser, body: bytes, name: str = "orders.csv", *, token: str | None = None) -> str:
    """Bring a file and return the path of its page, or the status where it was refused."""
    token = browser.token("/data/imports") if token is None else token
    boundary = "----sign"
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="_csrf_token"\r\n\r\n{token}\r\n'
    part = f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    content = head.encode() + part.encode() + body + f"\r\n--{boundary}--\r\n".encode()
    answer = browser.ask(
        "POST",
        "/data/imports",
        content=content,
        headers={"content-type": f"multipart/form-data; boundary={boundary}"},
    )
    return answer.headers["location"] if answer.status_code == 303 else str(answer.status_code)


def wait(heartline: Heartline, name: str) -> object:
    """Wait until a chore ends; return what came of it."""
    chore = find_chore(heartline, name)
    assert chore is not None, f"{name} was never begun"
    assert chore.thread is not None
    chore.thread.join(600)
    assert not chore.running, f"{name} does not end"
    return chore.outcome


def form_of(page: str) -> dict[str, list[str]]:
    """Read the columns' form as a browser would send it."""
    columns = [unescape(name) for name in re.findall(r'name="column" value="([^"]*)"', page)]
    choices = re.findall(r'<select class="field" name="role".*?</select>', page, flags=re.DOTALL)
    roles = [re.findall(r'value="([^"]+)" selected', choice)[0] for choice in choices]
    name = re.search(r'name="name" type="text" value="([^"]*)"', page)
    assert name
    return {"column": columns, "role": roles, "name": [unescape(name.group(1))]}


def try_dry(browser: Browser, here: str) -> DryRun:
    """Try a file dry with what the page shows; return what that found."""
    assert browser.post(f"{here}/dry", dict(form_of(browser.get(here).text))).status_code == 303
    found = wait(browser.heartline, f"dry {here.rsplit('/', 1)[1]}")
    assert isinstance(found, DryRun)
    return found


def import_it(browser: Browser, here: str) -> ImportReport:
    """Import a file for whose columns something is chosen; return what that did."""
    assert browser.post(f"{here}/run").status_code == 303
    report = wait(browser.heartline, f"run {here.rsplit('/', 1)[1]}")
    assert isinstance(report, ImportReport)
    return report
