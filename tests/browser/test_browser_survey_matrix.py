"""A matrix as customers meet it: by keyboard alone on a phone, as a grid on a desk, without a fault in any light."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from faults import OF_COLOUR, find_faults
from playwright.sync_api import Browser, Page, expect
from visiting import IN_CHROMIUM, Served, Visitor, find_overflow, open_browser

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Question, QuestionKind, Role, SurveyStatus, SurveyText
from heartline.web import issue_entry_link
from heartline.web.handing_over import hand_over
from verb_nursery import Nursery

pytestmark = IN_CHROMIUM
STEPS = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
LONG = "Wie zufrieden Sie mit der Donaudampfschifffahrtsgesellschaftskapitänsmützenausgabe waren " * 2
TEXT = SurveyText(
    title="Your visit in detail",
    questions=(
        Question(
            key="q1",
            kind=QuestionKind.MATRIX,
            words="How satisfied are you with each of these?",
            scale=QuestionKind.CSAT,
            top=5,
            low="Very dissatisfied",
            high="Very satisfied",
            required=True,
            rows=("How long you waited", "How friendly we were", "What it cost"),
        ),
        Question(
            key="q2",
            kind=QuestionKind.MATRIX,
            words="How far do you agree?",
            choices=STEPS,
            rows=("I find a seat", LONG),
        ),
        Question(
            key="q3",
            kind=QuestionKind.MATRIX,
            words="W" * 300,
            scale=QuestionKind.CES,
            top=10,
            low="Q" * 80,
            high="<b>easy</b>",
            rows=("R" * 200, "<script>alert(1)</script>"),
        ),
    ),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[tuple[Visitor, str]]:
    """The survey, served, with its owner signed in; and the path of its link."""
    data = tmp_path_factory.mktemp("matrix") / "data"
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        owner = kept.add_user(email="jo@example.com", name="Jo", role=Role.OWNER, language="en", password_hash="-")
        number = kept.add_survey(TEXT, by="jo").survey_id
        kept.set_survey(number, status=SurveyStatus.PUBLISHED)
        begun = kept.begin_response(survey_id=number, invitation_id=0, handle="", token_hash="x", hidden={})
        said = replace(begun, answers={"q1.1": ("4",), "q2.1": ("Agree",)}, changed_us=begun.started_us + 40_000_000)
        hand_over(heartline, kept.survey(number), said, whole=True)
        link, entry = f"/s/{kept.survey_link(number)}", issue_entry_link(heartline, owner)
    with Served(nursery, "serve", data) as served, Visitor(served.site + entry) as visitor:
        yield visitor, link


def chosen(page: Page) -> list[tuple[str, str]]:
    return [
        (str(name), str(value))
        for name, value in page.evaluate("[...document.querySelectorAll(':checked')].map(one => [one.name, one.value])")
    ]


def test_a_matrix_is_answered_by_keyboard_alone_on_a_phone(chromium: Browser, site: tuple[Visitor, str]) -> None:
    served, link = site
    with open_browser(chromium, served.site, width=320, java_script_enabled=False) as (page, _):
        page.goto(served.site + link)
        assert find_overflow(page) == []
        groups = page.get_by_role("group")
        assert groups.count() == 1 + 3
        expect(page.get_by_role("group", name="How friendly we were")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
        # The second row is passed over: the browser brings one back to it, and nothing is lost.
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        assert chosen(page) == [("a.1", "2"), ("a.3", "1")]
        assert page.evaluate("document.activeElement.name") == "a.2"
        for _step in range(4):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("at=1"))
        first = page.locator(".ask-row").first.locator(".ask-cell")
        tops = first.evaluate_all("all => all.map(one => one.getBoundingClientRect().y)")
        assert tops == sorted(set(tops)), "stacked, one below the other"
        heights = page.locator(".ask-cell").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
        assert min(heights) >= 44
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowUp")
        assert chosen(page) == [("a.1", "Strongly agree")]
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("at=2"))
        page.goto(page.url.replace("at=2", "at=0"))
        assert chosen(page) == [("a.1", "2"), ("a.2", "5"), ("a.3", "1")]


def test_on_a_desk_a_matrix_is_a_grid_whose_fields_say_their_column(
    chromium: Browser, site: tuple[Visitor, str]
) -> None:
    served, link = site
    with open_browser(chromium, served.site) as (page, _):
        page.goto(f"{served.site}{link}?at=1")
        row = page.get_by_role("group", name="I find a seat")
        for step in STEPS:
            assert row.get_by_role("radio", name=step, exact=True).count() == 1
        heads = page.locator(".ask-heads .ask-cells > span").evaluate_all(
            "all => all.map(one => { const r = one.getBoundingClientRect(); return r.x + r.width / 2; })"
        )
        fields = row.locator("input").evaluate_all(
            "all => all.map(one => { const r = one.getBoundingClientRect(); return r.x + r.width / 2; })"
        )
        assert fields == pytest.approx(heads, abs=1), "each field stands below its column's name"
        assert (
            len({round(y) for y in row.locator("input").evaluate_all("a => a.map(o => o.getBoundingClientRect().y)")})
            == 1
        )
        assert page.locator(".ask-heads").get_attribute("aria-hidden") == "true"


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_no_fault_in_any_light_and_nothing_sticks_out(chromium: Browser, site: tuple[Visitor, str], width: int) -> None:
    served, link = site
    with open_browser(chromium, served.site, width=width, cookies=served.cookies) as (page, _):
        for at in range(3):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
                page.goto(f"{served.site}{link}?at={at}")
                assert find_overflow(page) == [], at
                # In the dark all but the colours is as above.
                assert find_faults(page, rules=OF_COLOUR if scheme == "dark" else ()) == [], (at, scheme)
        page.goto(served.site + "/surveys/1")
        expect(page.locator(".spread").first).to_contain_text("How long you waited")
        assert find_overflow(page) == []
        assert find_faults(page) == []


def test_the_builder_shows_what_belongs_to_the_scale_and_draws_the_preview(
    chromium: Browser, site: tuple[Visitor, str]
) -> None:
    served, _link = site
    with open_browser(chromium, served.site, cookies=served.cookies) as (page, _):
        page.goto(served.site + "/surveys/new")
        page.locator(".template", has_text="From nothing").get_by_role("button").click()
        page.wait_for_url(re.compile("/edit"))
        page.get_by_role("button", name="Matrix").click()
        page.get_by_label("Rows, one a line").fill("Speed\nCare")
        page.get_by_label("Question", exact=True).fill("How were these?")
        page.get_by_label("Columns, one a line").press("Tab")
        preview = page.locator("#preview")
        expect(preview.get_by_role("group", name="Care")).to_be_visible()
        expect(preview.get_by_role("radio", name="Strongly agree").first).to_be_visible()
        page.get_by_role("radio", name=re.compile("^Ease")).check()
        expect(page.get_by_label("Columns, one a line")).to_be_hidden()
        page.get_by_label("Words at the high end").fill("No trouble at all")
        page.get_by_label("Words at the high end").press("Tab")
        expect(preview).to_contain_text("5: No trouble at all")
        assert preview.locator(".ask-rows .point").count() == 2 * 5
        assert find_faults(page) == []
        page.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/surveys/\d+$"))
