"""Sentences with markup in them keep their order, their escapes and their gaps."""

from __future__ import annotations

import htpy as h
import pytest

from heartline.language import speaking
from heartline.web.parts.sentences import begin_small, fill


def test_nodes_stand_where_the_sentence_has_its_gaps() -> None:
    drawn = str(h.p[fill("{day}: {who} has {n} open.", who=h.b["Ada"], n="3", day=h.i["Today"])])
    assert drawn == "<p><i>Today</i>: <b>Ada</b> has 3 open.</p>"


def test_what_is_put_in_and_what_stands_around_it_is_escaped() -> None:
    assert str(h.p[fill("A <b> & {name}", name="<i>")]) == "<p>A &lt;b&gt; &amp; &lt;i&gt;</p>"


def test_a_filled_gap_is_not_looked_into_again() -> None:
    assert str(h.p[fill("{one} {two}", one="{two}", two="x")]) == "<p>{two} x</p>"


def test_a_gap_that_nobody_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("Signed in as {name}.", nam="Ada")


def test_a_sentence_without_gaps_is_itself() -> None:
    assert fill("All is well.") == ["All is well."]


def test_only_english_begins_a_label_small_inside_a_sentence() -> None:
    assert begin_small("Last 12 weeks") == "last 12 weeks"
    with speaking("de"):
        assert begin_small("Letzte 12 Wochen") == "Letzte 12 Wochen"
    assert begin_small("") == ""
