"""Files as people really make them: a bad date among few, date and time apart, months in their own language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heartline.app import open_twin
from heartline.collect import Guess, Role, TimeFormat, guess_mapping, read_mapping, write_mapping
from heartline.errors import Invalid
from heartline.records import ScoreKind
from heartline.understand import find_said
from heartline.web import Desk
from heartline.web.roles import change_roles, role_of
from heartline.web.sayings import read_sayings


def guess(path: Path, text: str) -> Guess:
    path.write_text(text, encoding="utf-8")
    return guess_mapping(path)


def test_one_bad_date_in_seven_hides_no_time_column(tmp_path: Path) -> None:
    days = ["03.02.2026", "14.02.2026", "yesterday", "17.02.2026", "20.02.2026", "21.02.2026", "25.02.2026"]
    found = guess(tmp_path / "a.csv", "email,day\n" + "".join(f"p{n}@x.org,{day}\n" for n, day in enumerate(days)))
    assert found.mapping.touches[0].when.column == "day"
    assert found.mapping.touches[0].when.format is TimeFormat.DAY_FIRST
    assert any("1 of 7" in warning for warning in found.warnings)


APART = (
    "email,Order date,Order time,paid\na@x.org,03.02.2026,14:05,1\nb@x.org,14.02.2026,,2\nc@x.org,15.02.2026,9:30,3\n"
)


def test_a_date_and_its_time_of_day_are_joined_and_the_page_can_part_them(tmp_path: Path) -> None:
    found = guess(tmp_path / "a.csv", APART)
    (touch,) = found.mapping.touches
    assert (touch.when.column, touch.when.clock) == ("Order date", "Order time")
    assert next(c for c in found.columns if c.column == "Order time").role is Role.WHEN
    assert read_mapping(write_mapping(found.mapping)) == found.mapping
    assert role_of(found.mapping, "Order time") == "clock"
    parted = change_roles(found.mapping, {"Order time": "property"})
    assert (parted.touches[0].when.clock, parted.properties[-1]) == ("", "Order time")
    assert change_roles(parted, {"Order time": "clock"}) == found.mapping
    with open_twin() as heartline:
        Desk(heartline).run(tmp_path / "a.csv", found.mapping, source="Shop")
        told = sorted(entry.ts_us // 1_000_000 for entry in heartline.stores.history.recent(limit=9))
    hours = [datetime(2026, 2, 3, 14, 5, tzinfo=UTC), datetime(2026, 2, 14, tzinfo=UTC), datetime(2026, 2, 15, 9, 30, tzinfo=UTC)]  # fmt: skip  # noqa: E501
    assert told == [int(moment.timestamp()) for moment in hours]


@pytest.mark.parametrize(
    "day",
    ["3. März 2026", "3 mars 2026", "3 de marzo de 2026", "3 de março de 2026", "3 maart 2026", "3 mrt. 2026",
     "1er juin 2026", "12 juil. 2026", "2-ene-2026", "25. Dez. 2025", "3 August 2026", "lundi 2 février 2026 à 10h30",
     "Freitag, 3. Oktober 2025 um 18.05 Uhr"],
)  # fmt: skip
def test_months_are_read_in_six_languages(tmp_path: Path, day: str) -> None:
    found = guess(tmp_path / "a.csv", f'email;day\na@x.org;"{day}"\nb@x.org;"{day}"\n')
    assert found.mapping.touches[0].when.format is TimeFormat.WORDS


@pytest.mark.parametrize("column", ["Kunde", "Cliente", "Client", "Kundenname", "Nom du client", "Customer name"])
def test_a_column_of_names_is_the_customers_name(tmp_path: Path, column: str) -> None:
    text = f"email,day,{column}\na@x.org,2026-02-03,Ada Byron\nb@x.org,2026-02-04,Bo Díaz\n"
    found = guess(tmp_path / "a.csv", text)
    assert [(trait.name, trait.column) for trait in found.mapping.traits] == [("name", column)]


def test_a_column_of_customer_numbers_is_who_they_are(tmp_path: Path) -> None:
    found = guess(tmp_path / "a.csv", "Kunde,day\nK-17,2026-02-03\nK-18,2026-02-04\n")
    assert [who.column for who in found.mapping.who] == ["Kunde"]


PROMISED = (
    "order_no,customer_id,ordered_at,handed_to_carrier_at,delivered_at,promised_delivery,customer_region\n"
    "O-1,C-1,2026-02-01 09:00,2026-02-02 09:00,2026-02-05 23:30,2026-02-05,North\n"
    "O-2,C-2,2026-02-01 09:00,2026-02-02 09:00,2026-02-07 00:30,2026-02-05,South\n"
    "O-3,C-3,2026-02-01 09:00,2026-02-02 09:00,,2026-02-05,North\n"
    "O-4,C-4,2026-02-01 09:00,2026-02-02 09:00,2026-02-05 09:00,,South\n"
    "O-5,C-5,2026-02-11 09:00,2026-02-12 09:00,2026-02-13 09:00,2026-02-15,South\n"
)


def test_what_was_promised_is_held_against_what_came_and_the_page_can_change_it(tmp_path: Path) -> None:
    found = guess(tmp_path / "a.csv", PROMISED)
    mapping = found.mapping
    assert [touch.promised.column if touch.promised else "" for touch in mapping.touches] == [
        "",
        "",
        "promised_delivery",
    ]
    assert mapping.key == ("order_no",)
    assert [trait.column for trait in mapping.traits] == ["customer_region"]
    assert read_mapping(write_mapping(mapping)) == mapping
    assert role_of(mapping, "promised_delivery") == "promised"
    without = change_roles(mapping, {"promised_delivery": "property"})
    assert all(touch.promised is None for touch in without.touches)
    assert change_roles(without, {"promised_delivery": "promised"}).touches == mapping.touches
    with open_twin() as heartline:
        Desk(heartline).run(tmp_path / "a.csv", replace(mapping, zone="Europe/Berlin"), source="Shop")
        said = read_sayings(heartline)
        log = heartline.log()
    # A day that is named without a time is kept until its end; of what was not promised nothing is said.
    assert sorted(said.promises.broken.tolist()) == [False, False, True]
    rows, _place = find_said(log, said.missed.seq)
    assert [log.names["touchpoint"][code] for code in log.codes["touchpoint"][rows]] == ["Ordered"]
    assert said.missed.spots == ("Delivered",)


@pytest.mark.parametrize(
    ("column", "kept"),
    [("estimated_delivery", "delivered_at"), ("due_date", "delivered_at"), ("expected_dispatch_date", "dispatched_at")],
)
def test_a_promise_belongs_to_the_time_it_is_about(tmp_path: Path, column: str, kept: str) -> None:
    text = f"customer_id,bought_at,dispatched_at,delivered_at,{column}\n" + "".join(
        f"C-{n},2026-02-0{n} 09:00,2026-02-1{n} 09:00,2026-02-2{n} 09:00,2026-02-15\n" for n in range(1, 6)
    )
    touches = guess(tmp_path / "a.csv", text).mapping.touches
    assert [touch.when.column for touch in touches if touch.promised] == [kept]


def test_a_promise_without_a_time_of_its_own_is_refused() -> None:
    said = (
        '{"name": "a", "who": [{"column": "u", "kind": "user_id"}], "touches": [{"name": {"constant": "Came"}, '
        '"when": {"origin": "imported"}, "promised": {"column": "due"}}]}'
    )
    with pytest.raises(Invalid, match="promised"):
        read_mapping(said)


TICKETS = (
    "ticket_id,order_id,created_at,solved_at,channel,subject,message,satisfaction_score\n"
    "T-1,O-1,2026-02-01 09:00,2026-02-02 10:00,email,Where is it,It has not come yet and I need it,3\n"
    "T-2,O-2,2026-02-01 09:00,,chat,Refund,I would like my money back please,\n"
)


def test_a_ticket_is_opened_by_what_it_says_and_is_a_contact_with_the_service(tmp_path: Path) -> None:
    first, last = guess(tmp_path / "tickets.csv", TICKETS).mapping.touches
    assert (first.name.constant, first.area, first.carries) == ("Ticket created", "service", ("amount", "text"))
    assert (last.name.constant, last.area, last.carries) == ("Ticket solved", "", ("score",))


def test_orders_and_answers_are_read_in_german(tmp_path: Path) -> None:
    text = (
        "Bestellnummer;Kundennummer;Bestelldatum;Versanddatum;Lieferdatum;Zugesagter Liefertermin;"
        "Gesamtbetrag;Bundesland\n"
        "B-1;K-1;03.02.2026;04.02.2026;06.02.2026;05.02.2026;24,50;Hessen\n"
        "B-2;K-2;13.02.2026;14.02.2026;16.02.2026;17.02.2026;1.108,00;Bayern\n"
    )
    orders = guess(tmp_path / "bestellungen.csv", text).mapping
    assert [touch.when.column for touch in orders.touches if touch.promised] == ["Lieferdatum"]
    assert (orders.fields["amount"].column, orders.decimal_comma) == ("Gesamtbetrag", True)
    assert [trait.column for trait in orders.traits] == ["Bundesland"]
    assert orders.key == ("Bestellnummer",)
    text = (
        "Antwortdatum;Bestellnummer;Weiterempfehlung (0-10);Kommentar\n"
        "06.02.2026;B-1;3;Paket kam einen Tag zu spät, das war ärgerlich\n17.02.2026;B-2;10;Alles gut\n"
    )
    answers = guess(tmp_path / "umfrage.csv", text).mapping
    assert answers.score is not None
    assert (answers.score.column, answers.score.kind) == ("Weiterempfehlung (0-10)", ScoreKind.NPS)
    assert answers.key == (), "an order may be answered about twice"
