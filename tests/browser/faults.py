"""What axe calls serious or critical on a page. It is read into a page once, however often it is asked there."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules whose answer a theme can change."""
# No stylesheet is fetched again: the one rule that wants it is experimental and not among the tags.
_ASK = """async ([root, only]) => {
  const options = {runOnly: only, resultTypes: ["violations"], preload: false};
  return (await axe.run(root ?? document, options)).violations;
}"""


def find_faults(page: Page, *, rules: tuple[str, ...] = (), within: str | None = None) -> list[str]:
    """Return each fault with the first places; ``rules`` instead of the standard, ``within`` a part of the page."""
    only: dict[str, Any] = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": STANDARD}
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_ASK, [within, only])
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:240]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:4]
    ]
