"""The voice: what is heard in a text, by readers that the company teaches (design §6)."""

from __future__ import annotations

from heartline.understand.voice.deep_encoding import BothEncoders, DeepEncoder, check_deep_weights, is_deep_installed
from heartline.understand.voice.encoding import Encoder, SentenceEncoder, Vectors, check_weights, clean
from heartline.understand.voice.errands import read_blind, read_texts, step_back, teach_texts
from heartline.understand.voice.erring import find_topics, measure_bias, measure_spread
from heartline.understand.voice.heads import CompanyHead, PriorHead, read_head, write_head
from heartline.understand.voice.labels import mask_blind, mask_told, sounds_of
from heartline.understand.voice.reader import FastReader, Reader, load_prior, load_reader, tell_language
from heartline.understand.voice.reasons import HEARD_RIGHT, NO_RIVALS, Rivals, Saying, hear_saying
from heartline.understand.voice.shares import (
    FEELING,
    Heard,
    find_error,
    share_heard,
    share_sound,
    sum_readings,
    value_sound,
)
from heartline.understand.voice.silence import (
    FEWEST_SCORED,
    FEWEST_SILENT,
    Silent,
    calibrate,
    estimate_silent,
    expect,
    feel_all_silent,
    feel_silent,
)
from heartline.understand.voice.teaching import (
    FEWEST_LABELS,
    MOST_LABELS,
    Lesson,
    Merit,
    Taught,
    calibration_error,
    is_enough,
    judge_reader,
    teach_head,
)

__all__ = [
    "FEELING",
    "FEWEST_LABELS",
    "FEWEST_SCORED",
    "FEWEST_SILENT",
    "HEARD_RIGHT",
    "MOST_LABELS",
    "NO_RIVALS",
    "BothEncoders",
    "CompanyHead",
    "DeepEncoder",
    "Encoder",
    "FastReader",
    "Heard",
    "Lesson",
    "Merit",
    "PriorHead",
    "Reader",
    "Rivals",
    "Saying",
    "SentenceEncoder",
    "Silent",
    "Taught",
    "Vectors",
    "calibrate",
    "calibration_error",
    "check_deep_weights",
    "check_weights",
    "clean",
    "estimate_silent",
    "expect",
    "feel_all_silent",
    "feel_silent",
    "find_error",
    "find_topics",
    "hear_saying",
    "is_deep_installed",
    "is_enough",
    "judge_reader",
    "load_prior",
    "load_reader",
    "mask_blind",
    "mask_told",
    "measure_bias",
    "measure_spread",
    "read_blind",
    "read_head",
    "read_texts",
    "share_heard",
    "share_sound",
    "sounds_of",
    "step_back",
    "sum_readings",
    "teach_head",
    "teach_texts",
    "tell_language",
    "value_sound",
    "write_head",
]
