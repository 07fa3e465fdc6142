"""A survey in several languages: changed on any screen without a script, and translated beside its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from faults import OF_COLOUR, find_faults
from playwright.sync_api import Browser, expect
from visiting import IN_CHROMIUM, Served, Visitor, find_overflow, open_browser

from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Question, QuestionKind, Role, SurveyStatus, SurveyText
from heartline.web import issue_entry_link
from verb_nursery import Nursery

pytestmark = IN_CHROMIUM
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 4
TEXT = SurveyText(
    title="Your visit",
    why="We want to know.",
    thanks="Bye",
    questions=(
        Question(
            key="q1",
            kind=QuestionKind.MATRIX,
            words="How were these?",
            rows=("Speed", "Care"),
            choices=("Bad", "Good"),
            required=True,
        ),
        Question(key="q2", kind=QuestionKind.TEXT, words="Why?", hint="In a word."),
        Question(key="q3", kind=QuestionKind.STARS, words="And all in all?", top=5, low="Poor", high="Excellent"),
    ),
    translations={
        "de": {"Your visit": "Ihr Besuch", "How were these?": LONG, "Speed": LONG, "Good": "Gut", "Bye": "Danke schön"},
        "ar": {"Your visit": "زيارتك", "How were these?": "كيف كان؟", "Good": "جيد", "Why?": "لماذا؟"},
        "fr": {"Your visit": "Votre visite"},
        "ja": {},
        "zh": {"Your visit": "您的到访"},
    },
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[tuple[Visitor, str]]:
    """The survey, served, with its owner signed in; and the path of its link."""
    data = tmp_path_factory.mktemp("tongues") / "data"
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        owner = kept.add_user(email="jo@example.com", name="Jo", role=Role.OWNER, language="en", password_hash="-")
        number = kept.add_survey(TEXT, by="jo").survey_id
        kept.set_survey(number, status=SurveyStatus.PUBLISHED)
        link, entry = f"/s/{kept.survey_link(number)}", issue_entry_link(heartline, owner)
    with Served(nursery, "serve", data) as served, Visitor(served.site + entry) as visitor:
        yield visitor, link


def test_half_in_one_language_and_half_in_another_by_keyboard_without_a_script(
    chromium: Browser, site: tuple[Visitor, str]
) -> None:
    served, link = site
    given = {"width": 320, "java_script_enabled": False, "locale": "de-DE"}
    with open_browser(chromium, served.site, **given) as (page, _):  # type: ignore[arg-type]  # what a context takes
        page.goto(served.site + link)
        expect(page.get_by_role("heading", name="Ihr Besuch")).to_be_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.localName") == "summary", "one stop for six languages"
        page.get_by_role("group", name="Care").get_by_role("radio", name="Gut").focus()
        page.keyboard.press("Space")
        page.locator("summary").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="العربية").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="زيارتك")).to_be_visible()
        assert page.locator("html").get_attribute("dir") == "rtl"
        expect(page.get_by_role("group", name="Care").get_by_role("radio", name="جيد")).to_be_checked()
        page.get_by_role("group", name="Speed").get_by_role("radio", name="جيد").focus()
        page.keyboard.press("Space")
        # Enter goes on; it must not press the switch, which stands before everything else.
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("at=1&lang=ar"))
        expect(page.get_by_label("لماذا؟")).to_be_visible()
        page.get_by_label("لماذا؟").fill("لأن")
        page.locator("summary").click()
        page.get_by_role("button", name="English").click()
        expect(page.get_by_label("Why?")).to_have_value("لأن")
        page.get_by_role("button", name="Next").click()
        page.wait_for_url(re.compile("at=2&lang=en"))
        page.get_by_role("link", name="Back").click()
        expect(page.get_by_label("Why?")).to_have_value("لأن")
        page.goto(page.url.replace("at=1", "at=2"))
        page.get_by_role("radio", name="4 stars").check()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Bye")).to_be_visible()
    told = served.get("/api/v1/surveys/1").json()["questions"]
    assert [row["counts"] for row in told[0]["rows"]] == [{"Bad": 0, "Good": 1}, {"Bad": 0, "Good": 1}]
    assert told[2]["counts"]["4"] == 1


@pytest.mark.parametrize(("lang", "width"), [("de", 1440), ("ar", 320), ("ja", 320)])
def test_no_fault_in_any_language_or_light(chromium: Browser, site: tuple[Visitor, str], lang: str, width: int) -> None:
    served, link = site
    with open_browser(chromium, served.site, width=width) as (page, _):
        for at in range(3):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
                page.goto(f"{served.site}{link}?at={at}&lang={lang}")
                assert find_overflow(page) == [], (at, scheme)
                # In the dark all but the colours is as above.
                assert find_faults(page, rules=OF_COLOUR if scheme == "dark" else ()) == [], (at, scheme)
            page.locator("summary").click()
            assert find_overflow(page) == [], at
            assert find_faults(page) == [], at


@pytest.mark.parametrize("width", [320, 1440])
def test_a_survey_is_translated_beside_its_words(chromium: Browser, site: tuple[Visitor, str], width: int) -> None:
    served, _link = site
    with open_browser(chromium, served.site, width=width, cookies=served.cookies) as (page, _):
        page.goto(served.site + "/surveys/1")
        page.get_by_label("Translate to").select_option("it" if width == 320 else "pl")
        page.get_by_role("button", name="Translate", exact=True).click()
        page.wait_for_url(re.compile("/translate"))
        assert find_overflow(page) == []
        preview = page.locator("#preview")
        total = page.locator(".phrase").count()
        expect(preview).to_contain_text(f"{total} texts of {total} are missing")
        page.get_by_label("Care").fill("Cura")
        page.get_by_label("Care").press("Tab")
        expect(preview).to_contain_text(f"{total - 1} texts of {total} are missing")
        expect(preview.get_by_role("group", name="Cura")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its own words
            assert find_faults(page) == [], scheme
        page.get_by_role("button", name="Save").last.click()
        expect(page.get_by_label("Care")).to_have_value("Cura")
        page.get_by_role("button", name="Remove this language").click()
        page.wait_for_url(re.compile(r"/surveys/1$"))
        expect(page.locator(".tongue-list li", has_text="Italian" if width == 320 else "Polish")).to_have_count(0)
