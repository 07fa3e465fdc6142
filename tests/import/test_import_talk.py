"""Reviews, posts, transcripts and notes as their makers export them: who is heard, and who never becomes a customer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.app import Heartline, open_twin
from heartline.collect import Brand, guess_mapping, read_mapping, write_mapping
from heartline.store import Entry
from heartline.web import Desk
from heartline.web.privacy_retention import keep_schedule, purge_due
from heartline.web.roles import change_roles, role_of
from tries import some

TRUSTPILOT = (
    "Review Id,Review Created (UTC),Review Consumer Username,Review Consumer User Id,Review Title,Review Content,"
    "Review Stars,Reference Id,Company Reply Date (UTC)\n"
    "r1,2026-03-02 10:00:00,Ana K,c1,Late,It came two weeks late.,2,o-77,2026-03-03 09:00:00\n"
    "r2,2026-03-04 11:00:00,Bo,c2,Lovely,Lovely beans and quick.,5,,\n"
)
FEED = json.dumps(
    {
        "feed": {
            "author": {"name": {"label": "iTunes Store"}},
            "entry": [
                {"id": {"label": "app"}, "title": {"label": "The app"}, "content": {"label": "What it does"}},
                {
                    "author": {"name": {"label": "ana"}},
                    "updated": {"label": "2026-03-02T03:04:05-07:00"},
                    "im:rating": {"label": "1"},
                    "im:version": {"label": "2.1"},
                    "id": {"label": "901"},
                    "title": {"label": "Crashes"},
                    "content": {"label": "It closes when I pay.", "attributes": {"type": "text"}},
                },
            ],
        }
    },
    indent=1,
)
CONNECT = json.dumps(
    {
        "data": [
            {
                "type": "customerReviews", "id": "901",
                "attributes": {
                    "rating": 1, "title": "Crashes", "body": "It closes when I pay.", "reviewerNickname": "ana",
                    "createdDate": "2026-03-02T10:04:05Z", "territory": "GBR",
                },
            }
        ]
    }
)  # fmt: skip
PLAY = (
    "Package Name,App Version Name,Device,Review Submit Date and Time,Review Submit Millis Since Epoch,Star Rating,"
    "Review Title,Review Text,Developer Reply Millis Since Epoch,Developer Reply Text,Review Link\n"
    "org.x,2.1,pixel,2026-03-02T10:04:05Z,1772445845000,1,,It closes when I pay.,1772532245000,Sorry,https://x/1\n"
)
GOOGLE = json.dumps(
    {
        "reviews": [
            {
                "name": "accounts/1/locations/2/reviews/3", "reviewer": {"displayName": "Ana"}, "starRating": "ONE",
                "comment": "It closes when I pay.", "createTime": "2026-03-02T10:04:05Z",
                "updateTime": "2026-03-02T10:04:05Z",
                "reviewReply": {"comment": "Sorry", "updateTime": "2026-03-03T10:04:05Z"},
            }
        ]
    }
)  # fmt: skip
SITE = (
    "review_id,brand,date,author,stars,title,review,reply_date,reply\n"
    "1,Harbour & Bean,2026-03-02,Ana,2,Late,It came two weeks late again.,2026-03-04,We are sorry\n"
    "2,Bean Barn,2026-03-03,Bo,5,,Cheap beans and quick to come.,,\n"
    "3,Copper Kettle,2026-03-04,Cy,1,Stale,They were stale when they came.,2026-03-05,Sorry Cy\n"
)
CHAT = (
    "conversation_id,timestamp,speaker,message\n"
    "c1,2026-03-02T10:00:00Z,customer,Where is my parcel please?\n"
    "c1,2026-03-02T10:01:00Z,agent,I am looking into it now.\n"
    "c2,2026-03-02T11:00:00Z,customer,I want to cancel my plan.\n"
)
POSTS = (
    "post_id,created_at,handle,likes,text\n"
    "1,2026-03-02T10:00:00Z,ana_k,3,The new roast is wonderful\n2,2026-03-03T10:00:00Z,bo,0,Late again today\n"
    "3,2026-03-03T12:00:00Z,ana_k,0,I take it back it was stale\n"
)
NOTES = "participant,question,note\nP1,Why us?,I came because the beans are fresh.\nP2,Why us?,My sister told me.\n"


def load(heartline: Heartline, path: Path, text: str, *, about: str = "") -> list[Entry]:
    path.write_text(text, encoding="utf-8")
    desk = Desk(heartline)
    mapping = desk.guess(path).mapping
    if about:
        mapping = read_mapping(write_mapping(mapping).replace(b"{", b'{"brand":{"constant":"%s"},' % about.encode(), 1))
    desk.run(path, mapping, source="Talk")
    return sorted(heartline.stores.history.recent(limit=99), key=lambda one: (one.ts_us, one.seq))


@pytest.fixture
def heartline() -> object:
    with open_twin() as opened:
        workspace = opened.stores.kept.workspace()
        opened.stores.kept.set_setting("market.names", json.dumps({"own": ["Harbour & Bean"], "rivals": []}))
        assert workspace.name != "Harbour & Bean"
        yield opened


@pytest.mark.parametrize(
    ("name", "text", "ready", "words", "stars", "replies"),
    [
        ("a.csv", TRUSTPILOT, "trustpilot", "Late\nIt came two weeks late.", 2.0, 1),
        ("a.json", FEED, "app-store-feed", "Crashes\nIt closes when I pay.", 1.0, 0),
        ("b.json", CONNECT, "app-store", "Crashes\nIt closes when I pay.", 1.0, 0),
        ("b.csv", PLAY, "google-play", "It closes when I pay.", 1.0, 1),
        ("c.json", GOOGLE, "google-business", "It closes when I pay.", 1.0, 1),
    ],
)
def test_what_sites_and_stores_export_is_known_as_it_is_and_loads_once(  # noqa: PLR0917  # a row of the table
    heartline: Heartline, tmp_path: Path, name: str, text: str, ready: str, words: str, stars: float, replies: int
) -> None:
    entries = load(heartline, tmp_path / name, text)
    assert guess_mapping(tmp_path / name).ready == ready
    first = next(one for one in entries if one.action == "review")
    assert (first.text, first.score, first.score_kind) == (words, stars, "stars")
    assert sum(one.action == "reply" for one in entries) == replies
    assert load(heartline, tmp_path / name, text) == entries


@pytest.mark.parametrize(("name", "text"), [("a.csv", TRUSTPILOT), ("b.json", CONNECT), ("p.csv", POSTS)])
def test_a_file_about_a_rival_brings_words_and_no_customer(
    heartline: Heartline, tmp_path: Path, name: str, text: str
) -> None:
    entries = load(heartline, tmp_path / name, text, about="Bean Barn")
    assert entries
    assert len(heartline.stores.derived.ownership().customer_id) == 0
    assert len(heartline.log().ts_us) == 0
    assert {json.loads(one.properties)["rival"] for one in entries} == {"Bean Barn"}
    assert not any("Ana" in one.properties or one.action == "reply" for one in entries)
    assert load(heartline, tmp_path / name, text, about="Bean Barn") == entries


def test_of_a_file_of_many_brands_ours_are_customers_and_rivals_are_not(heartline: Heartline, tmp_path: Path) -> None:
    entries = load(heartline, tmp_path / "s.csv", SITE)
    ours = [one for one in entries if one.touch]
    assert [(one.action, one.text, one.score) for one in ours] == [
        ("review", "Late\nIt came two weeks late again.", 2.0), ("reply", None, None),
    ]  # fmt: skip
    said = [json.loads(one.properties) for one in entries if not one.touch]
    assert said == [{"rival": "Bean Barn", "stars": 5.0}, {"rival": "Copper Kettle", "stars": 1.0}]
    assert len(set(heartline.stores.derived.ownership().customer_id.tolist())) == 1


def test_a_reply_that_comes_later_is_one_touch_more_and_changes_nothing_else(
    heartline: Heartline, tmp_path: Path
) -> None:
    before = load(heartline, tmp_path / "s.csv", SITE.replace("2026-03-04,We are sorry", ","))
    after = load(heartline, tmp_path / "s.csv", SITE)
    assert [one.message_id for one in after if one.action != "reply"] == [one.message_id for one in before]
    assert [one.action for one in after if one not in before] == ["reply"]


def test_a_brand_that_is_missing_is_refused_and_one_that_is_never_ours_is_said_aloud(
    heartline: Heartline, tmp_path: Path
) -> None:
    entries = load(heartline, tmp_path / "s.csv", SITE.replace("3,Copper Kettle,", "3,,"))
    assert len(entries) == 3
    assert heartline.account().refused == 1
    guess = guess_mapping(tmp_path / "s.csv", own=("Somebody Else",))
    assert any("No row names us" in warning for warning in guess.warnings)


def test_of_a_conversation_only_the_customer_is_heard(heartline: Heartline, tmp_path: Path) -> None:
    entries = load(heartline, tmp_path / "c.csv", CHAT)
    assert [one.text for one in entries] == ["Where is my parcel please?", "I want to cancel my plan."]
    assert len({one.subject_id for one in entries}) == 2


def test_posts_belong_to_their_account_and_notes_to_their_speaker(heartline: Heartline, tmp_path: Path) -> None:
    posts = load(heartline, tmp_path / "p.csv", POSTS)
    assert posts[0].subject_id == posts[2].subject_id
    assert len({one.subject_id for one in posts}) == 2
    notes = [one for one in load(heartline, tmp_path / "n.csv", NOTES) if one not in posts]
    assert sorted(one.text or "" for one in notes) == [
        "I came because the beans are fresh.", "My sister told me.",
    ]  # fmt: skip
    assert len({one.subject_id for one in notes}) == 2


def test_signs_without_spaces_are_words_and_rows_without_a_time_are_of_now(tmp_path: Path) -> None:
    path = tmp_path / "zh.csv"
    path.write_text("label,review\n1,很快，好吃，味道足，量大\n0,送餐太慢了，等了两个小时\n", encoding="utf-8")
    found = guess_mapping(path)
    assert (found.mapping.fields["text"].column, found.mapping.touches[0].action) == ("review", "review")
    assert any("no time" in warning for warning in found.warnings)


SHARED = Path(__file__).parents[3] / "shared/data"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not here")
@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("skytrax-lounge/lounge.parquet", "content", "title"),
        ("olist/order_reviews.parquet", "review_comment_message", "review_comment_title"),
        ("alexa-reviews/reviews.parquet", "verified_reviews", ""),
        ("reviews-zh-delivery/waimai_10k.parquet", "review", ""),
    ],
)
def test_real_reviews_are_known_as_reviews(name: str, text: str, title: str) -> None:
    mapping = guess_mapping(SHARED / name, own=("Somebody",)).mapping
    said = next(touch for touch in mapping.touches if touch.action == "review")
    assert "text" in said.carries
    assert (mapping.fields["text"].column, mapping.title, mapping.brand) == (text, title, None)


def test_people_can_change_whom_a_file_is_about(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(SITE)
    mapping = guess_mapping(tmp_path / "s.csv", own=("Harbour & Bean",)).mapping
    assert (role_of(mapping, "brand"), role_of(mapping, "title")) == ("brand", "title")
    assert read_mapping(write_mapping(mapping)) == mapping
    other = change_roles(mapping, {"brand": "property", "title": "property"})
    assert (other.brand, other.title) == (None, "")
    back = change_roles(other, {"brand": "brand", "title": "title"}, own=("Harbour & Bean",))
    assert (back.brand, back.title) == (Brand(column="brand", own=("Harbour & Bean",)), "title")


def test_retention_reaches_what_is_said_of_rivals_as_it_does_visitors(heartline: Heartline, tmp_path: Path) -> None:
    load(heartline, tmp_path / "s.csv", SITE, about="")
    now_us = 1_775_000_000_000_000 + 400 * 86_400_000_000
    keep_schedule(heartline, {"anonymous": 30})
    purge_due(heartline, by="retention", now_us=now_us)
    assert heartline.stores.history.of_rivals(limit=9) == []
    assert heartline.account().balanced


brands = st.sampled_from(["Harbour & Bean", " harbour  &  BEAN", "Bean Barn", "=1+1", "\u202eBarn", "a" * 300, ""])


@given(st.lists(st.tuples(brands, st.text("ab ,\"'<\n;😀", max_size=9)), min_size=1, max_size=8))
@settings(max_examples=some(15), deadline=None)
def test_whatever_a_hostile_file_says_twice_is_once_and_rivals_stay_apart(rows: list[tuple[str, str]]) -> None:
    import csv  # noqa: PLC0415
    import io  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["review_id", "brand", "date", "stars", "review"])
    for number, (brand, text) in enumerate(rows):
        writer.writerow([f"review {number:04}", brand, "2026-03-02", 3, f"It was all right I think {text}"])
    with tempfile.TemporaryDirectory() as folder, open_twin() as heartline:
        heartline.stores.kept.set_setting("market.names", json.dumps({"own": ["Harbour & Bean"]}))
        once = load(heartline, Path(folder) / "r.csv", out.getvalue())
        assert load(heartline, Path(folder) / "r.csv", out.getvalue()) == once
        ours = sum(" ".join(brand.split()).casefold() == "harbour & bean" for brand, _ in rows)
        if not any(brand for brand, _ in rows):
            ours = len(rows)  # a column that is always empty is none, and a file that names no brand is ours
        assert sum(one.touch for one in once) == ours
        assert len(set(heartline.stores.derived.ownership().customer_id.tolist())) == ours
