"""The voice: what is heard in a text, by readers that the company teaches (design §6)."""

from __future__ import annotations

from heartline.understand.voice.deep_encoding import BothEncoders, DeepEncoder, check_deep_weights, is_deep_installed
from heartline.understand.voice.encoding import Encoder, SentenceEncoder, Vectors, check_weights, clean
from heartline.understand.voice.errands import read_texts, step_back, teach_texts
from heartline.understand.voice.heads import CompanyHead, PriorHead, read_head, write_head
from heartline.understand.voice.labels import mask_told, sounds_of
from heartline.understand.voice.reader import FastReader, Reader, load_prior, load_reader, tell_language
from heartline.understand.voice.reasons import HEARD_RIGHT, NO_RIVALS, Rivals, Saying, hear_saying
from heartline.understand.voice.shares import Heard, share_heard, share_sound
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
    "hear_saying",
    "is_deep_installed",
    "is_enough",
    "judge_reader",
    "load_prior",
    "load_reader",
    "mask_told",
    "read_head",
    "read_texts",
    "share_heard",
    "share_sound",
    "sounds_of",
    "step_back",
    "teach_head",
    "teach_texts",
    "tell_language",
    "write_head",
]
