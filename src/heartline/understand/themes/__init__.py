"""Themes: what customers talk about, found in their own words, named, followed, and told when it is new."""

from __future__ import annotations

from heartline.understand.themes.against import ALL, ThemeAgainst, compare_themes
from heartline.understand.themes.counting import Reason, Reasons, count_reasons, find_right
from heartline.understand.themes.errands import find_theme_errand, name_errand, place_errand, settle_themes
from heartline.understand.themes.finding import FEWEST_TEXTS, MOST_TEXTS, Found, FoundTheme, find_themes
from heartline.understand.themes.neighbours import gather_communities, link_neighbours
from heartline.understand.themes.placing import Places, match_themes, place_texts
from heartline.understand.themes.shares import Spoken, ThemeFigures, judge_themes, share_themes
from heartline.understand.themes.surging import ALARMS_A_YEAR, Surge, find_surges
from heartline.understand.themes.wording import name_themes, terms_of

__all__ = [
    "ALARMS_A_YEAR",
    "ALL",
    "FEWEST_TEXTS",
    "MOST_TEXTS",
    "Found",
    "FoundTheme",
    "Places",
    "Reason",
    "Reasons",
    "Spoken",
    "Surge",
    "ThemeAgainst",
    "ThemeFigures",
    "compare_themes",
    "count_reasons",
    "find_right",
    "find_surges",
    "find_theme_errand",
    "find_themes",
    "gather_communities",
    "judge_themes",
    "link_neighbours",
    "match_themes",
    "name_errand",
    "name_themes",
    "place_errand",
    "place_texts",
    "settle_themes",
    "share_themes",
    "terms_of",
]
