"""Surveys as files carry them, and within their bounds. All pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from heartline.act.survey_tongues import prune_translations
from heartline.act.surveys import (
    LONGEST_WORDS,
    MOST_CHOICES,
    MOST_COLUMNS,
    MOST_QUESTIONS,
    MOST_ROWS,
    NAME,
    SCALES,
    TOPS,
)
from heartline.errors import Invalid
from heartline.language import TONGUES, _
from heartline.records import Area, Question, QuestionKind, ShowIf, SurveyText

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_KEY: Final = re.compile(r"q[0-9a-z]{1,12}")
_SCALED: Final = frozenset({QuestionKind.CSAT, QuestionKind.CES})


def write_survey(text: SurveyText) -> bytes:
    """Return a survey as a file carries it."""
    return json.dumps({"heartline_survey": 1, **msgspec.to_builtins(text)}, ensure_ascii=False, indent=1).encode()


def read_survey(raw: bytes) -> SurveyText:
    """Read a file that ``write_survey`` wrote.

    Raises:
        Invalid: it is none, or of a later version.
    """
    try:
        told = _without_controls(msgspec.json.decode(raw))
        if not isinstance(told, dict) or told.pop("heartline_survey", None) != 1:
            raise _no_survey()
        text = msgspec.convert(told, SurveyText)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _no_survey() from None
    return prune_translations(tidy(text))


def _without_controls(told: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    """Return it without control characters: no form brings them back, so a choice with one could not be chosen."""
    if isinstance(told, str):
        return _CONTROL.sub("", told)
    if isinstance(told, list):
        return [_without_controls(one) for one in told]
    if isinstance(told, dict):
        return {key: _without_controls(value) for key, value in told.items()}
    return told


def _no_survey() -> Invalid:
    return Invalid("no_survey_file", _("That is no survey of heartline’s."), _("Take a file that was saved from one."))


def _one_line(text: str) -> str:
    """A browser sends a line's end as two signs, so a choice that held one could not be chosen."""
    return " ".join(text.split())[:200].strip()


def _tidy_rule(rule: ShowIf | None) -> ShowIf | None:
    return None if rule is None else replace(rule, question=rule.question[:16], value=_one_line(rule.value))


def _tidy_lines(lines: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one_line(line) for line in lines if line.strip()))[:most]


def _tidy_question(one: Question) -> Question:
    is_matrix = one.kind is QuestionKind.MATRIX
    scale = one.scale if is_matrix and one.scale in SCALES else QuestionKind.CHOICE
    kind = scale if is_matrix else one.kind
    return replace(
        one,
        top=one.top if kind in _SCALED and 2 <= one.top <= 10 else TOPS.get(kind, 0),
        choices=_tidy_lines(one.choices, MOST_COLUMNS if is_matrix else MOST_CHOICES),
        rows=_tidy_lines(one.rows, MOST_ROWS) if is_matrix else (),
        scale=scale,
        words=one.words[:LONGEST_WORDS],
        hint=one.hint[:LONGEST_WORDS],
        low=one.low[:80],
        high=one.high[:80],
        show_if=_tidy_rule(one.show_if),
    )


def tidy(text: SurveyText) -> SurveyText:
    """Return a survey within its bounds: texts cut, keys unique, scales with an end."""
    questions, seen = [], set[str]()
    for place, one in enumerate(text.questions[:MOST_QUESTIONS], 1):
        key = one.key if _KEY.fullmatch(one.key) and one.key not in seen else f"qx{place}"
        seen.add(key)
        questions.append(_tidy_question(replace(one, key=key)))
    return replace(
        text,
        language=text.language if text.language in TONGUES else "en",
        title=" ".join(text.title.split())[:120],
        why=text.why[:1_000],
        thanks=text.thanks[:1_000],
        touchpoint=" ".join(text.touchpoint.split())[:200],
        area=text.area if text.area in set(Area) else "",
        keep_days=min(max(text.keep_days, 0), 36_500),
        quota=min(max(text.quota, 0), 1_000_000),
        hidden=tuple(name for name in text.hidden if NAME.fullmatch(name))[:10],
        questions=tuple(questions),
    )
