"""Parts: nothing breaks out, links carry the question, states speak, the documents stand."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from charts_samples import HOSTILE, LONG

from heartline.language import PSEUDO, speaking
from heartline.records import Metric, Right
from heartline.web import parts
from heartline.web.parts.icons import CHANNELS, DRAWINGS

VIEW = parts.View(
    path="/journeys/7",
    query={"range": "12w", "by": "trait:region", "is": "North & South", "page": "3"},
    user_name=HOSTILE,
    role="owner",
    rights=frozenset(Right),
    nonce="n0nce",
    csrf="t0ken",
    workspace_name=HOSTILE,
    sample=True,
    data_up_to=HOSTILE,
    range_label=HOSTILE,
    filter_label=HOSTILE,
    notice=HOSTILE,
    filter_options=(
        parts.FilterField(name="trait:region", label=HOSTILE, values=(parts.Choice(value=HOSTILE, label=HOSTILE),)),
    ),
)


class Reader(HTMLParser):
    """Collects tags and attributes as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def every_part() -> list[object]:
    h = HOSTILE
    metric = Metric(name="nps", value=17, low=12, high=22, n=40, customers=40, method="made up")
    return [
        parts.lede(h, under=h, do=parts.button(h)),
        parts.sentence(h, before=h, why=h),
        parts.section(h, body=h, beside=h),
        parts.tile(h, metric, href=h, note=h, definition=h),
        parts.count_tile(h, h, href=h, note=h),
        parts.quote(h, by=h, href=h, language=h),
        parts.voice_row(h, feeling=0.2, by=h),
        parts.table((parts.Column(words=h, names=True), parts.Column(words=h)), [(h, h)], caption=h),
        parts.timeline_row(h, h, channel=h, said=parts.quote(h), note=h),
        parts.case_row(h, href=h, who=h, owner=h, due=h),
        parts.key_values(((h, h),)),
        parts.tabs(h, ((h, h),), current=h),
        parts.field(h, "f", value=h, hint=h, error=h),
        parts.field(h, "f", value=h, lines=3),
        parts.select(h, "s", choices=(parts.Choice(value=h, label=h),), value=h),
        parts.radios(h, "r", choices=((parts.Choice(value=h, label=h), h),)),
        parts.checkbox(h, "c", hint=h),
        parts.file_drop(h, "d", hint=h),
        parts.post_button(VIEW, h, h, back=h),
        parts.dialog("d", h, body=h, open_words=h),
        parts.code(h),
        parts.tag(h),
        parts.progress(h, done=3, total=9),
        parts.steps(((h, h),), current=0),
        parts.checklist(((True, h),)),
        parts.found(((h, (parts.Found(words=h, href=h, note=h),)),)),
        parts.found((), query=h),
        parts.pagination(VIEW, page=2, pages=4, total=99, words=h),
        parts.empty(h, do=h, sample=h),
        parts.error(h, kept=h, retry=h, identity=h),
        parts.partial(h),
        parts.stale(h),
        parts.not_allowed(h, who=h),
        parts.too_few(3, 5),
        parts.toast(h),
    ]


def test_hostile_words_never_become_markup_nor_handlers_nor_styles() -> None:
    text = str(parts.shell(VIEW, title=HOSTILE, body=every_part(), crumbs=(("/journeys", HOSTILE), ("", HOSTILE))))
    assert HOSTILE not in text
    for tag, attrs in Reader(text).tags:
        assert not any(name == "style" or name.startswith("on") for name in attrs), (tag, attrs)
        if tag == "script":
            assert attrs["src"]
            assert attrs["nonce"] == "n0nce"
        if tag == "style":
            pytest.fail("an inline style sheet")


def test_the_document_has_one_title_one_main_and_landmarks_with_names() -> None:
    text = str(parts.shell(VIEW, title="A map", body=parts.lede("A map")))
    tags = Reader(text).tags
    names = [tag for tag, _ in tags]
    assert (names.count("title"), names.count("main"), names.count("h1")) == (1, 1, 1)
    assert all(attrs.get("aria-label") for tag, attrs in tags if tag == "nav")
    ids = [attrs["id"] for _, attrs in tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    assert text.index("Skip to content") < text.index('class="rail"')


def test_every_asset_a_page_names_is_there() -> None:
    text = str(parts.shell(VIEW, title="A", body=None))
    for name in re.findall(r"/assets/([^\"?]+)\?v=", text):
        assert (parts.STATIC / name).is_file()
    assert not re.search(r"https?://", text)


def test_links_carry_range_and_filter_and_nothing_else() -> None:
    assert VIEW.url("/customers") == "/customers?range=12w&by=trait%3Aregion&is=North%20%26%20South"
    assert VIEW.url("/cases#open", by=None, **{"is": None}, state="new") == "/cases?range=12w&state=new#open"
    assert VIEW.here(page=4).endswith("page=4")
    assert "page" not in VIEW.here(range="4w", page=None)
    assert parts.View().url("/") == "/"


def test_the_theme_is_the_readers_choice_or_the_systems() -> None:
    assert 'data-theme="dark"' in str(parts.shell(parts.View(theme="dark"), title="A", body=None))
    assert "data-theme=" not in str(parts.shell(parts.View(theme="system"), title="A", body=None))
    assert "data-theme=" not in str(parts.shell(parts.View(theme='x" onload="'), title="A", body=None))


def test_the_rail_shows_where_the_reader_is() -> None:
    for path, room in (("/", "Home"), ("/journeys/7", "Understand"), ("/customers", "Understand"), ("/cases", "Act")):
        text = str(parts.shell(parts.View(path=path, rights=frozenset(Right)), title="A", body=None))
        rail = text[text.index('class="rail"') : text.index('class="page"')]
        current = re.findall(r'aria-current="[a-z]+">.*?<span>([^<]+)</span>', rail)
        assert current == [room]


def test_forms_that_change_something_carry_the_token() -> None:
    text = str(parts.shell(VIEW, title="A", body=parts.post_button(VIEW, "Close", "/cases/1/close")))
    assert text.count('method="post"') == text.count('name="_csrf_token" value="t0ken"') == 3


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Third box", "“Third box”"),
        ("Кофе отличный", "«Кофе отличный»"),
        ("第一口就值了", "「第一口就值了」"),
        ("コーヒー", "「コーヒー」"),
        ("“already”", "“already”"),
        ("", "“”"),
    ],
)
def test_quotes_keep_the_marks_of_their_language(text: str, wanted: str) -> None:
    assert parts.quoted(text) == wanted


def test_a_quote_says_its_language_and_direction() -> None:
    text = str(parts.quote("التوصيل متأخر"))
    assert 'lang="ar"' in text
    assert 'dir="auto"' in text


def test_long_names_are_set_in_full() -> None:
    assert LONG in str(parts.case_row(LONG, href="/", who=LONG, owner=LONG, due="Tomorrow"))


def test_every_channel_has_a_drawing_and_unknown_ones_a_flag() -> None:
    assert set(CHANNELS.values()) <= set(DRAWINGS)
    assert parts.channel_icon_name("Carrier pigeon") == "flag"
    assert parts.channel_icon_name("  Email ") == "mail"


def test_drawings_are_plain_path_data() -> None:
    for name, data in DRAWINGS.items():
        assert re.fullmatch(r"[MmLlHhVvCcSsQqAaZz0-9 .,\-]+", data), name


def test_the_document_names_its_language_and_which_chinese_is_written() -> None:
    for language, tag in (("en", "en"), ("de", "de"), ("zh", "zh-Hans")):
        text = str(parts.shell(replace(VIEW, language=language), title="A", body=None))
        assert Reader(text).tags[0] == ("html", {"lang": tag})


def test_words_of_scripts_are_handed_over_by_the_page() -> None:
    with speaking(PSEUDO):
        text = str(parts.shell(VIEW, title="A", body=parts.code("x")))
    attrs = [attrs for _tag, attrs in Reader(text).tags]
    assert any(one.get("data-copied") == "⟦Copied⟧" for one in attrs)
    assert any("Enter opens the whole page" in (one.get("data-silent") or "") for one in attrs)
