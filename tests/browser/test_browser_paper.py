"""What is made for paper, printed by a real Chromium: the one-page report is one page of A4, on every range."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from visiting import IN_CHROMIUM

pytestmark = IN_CHROMIUM


@pytest.mark.parametrize("lens", ["", "?range=all&by=place&is=North"])
def test_the_report_is_one_page_of_a4(look: Callable[..., Page], lens: str) -> None:
    page = look(f"/report{lens}")
    assert page.locator("[data-print]").first.is_visible()
    made = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", made)) == 1
    (box,) = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", made)
    left, bottom, right, top = (float(end) for end in box.split())
    assert (round((right - left) / 72 * 25.4), round((top - bottom) / 72 * 25.4)) == (210, 297)
