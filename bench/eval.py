"""How well the reader reads: ``make eval``. Real texts with labels, rivals in the same run; needs ``../shared/data``.

Nothing of these sets taught the shipped reader. *airline* is split 80/20 by a hash of the text; whatever is tuned, is
tuned by cross-validation within the 80. Rivals: VADER (a word list), TF-IDF with logistic regression taught by the same
comments (words and groups of letters, its strength chosen by cross-validation). ``--quick`` leaves out what is slow.
Writes docs/explanation/learning-curve.svg and prints the rest; docs/explanation/reading.md tells what it means.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
from machine import describe_machine
from numpy.typing import NDArray
from reading_sets import SHARED, TextSet, airline, chinese, lounges, nps, olist
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from heartline.records import ReaderVersion
from heartline.understand.voice import (
    BothEncoders,
    FastReader,
    Lesson,
    calibrate,
    estimate_silent,
    expect,
    find_topics,
    is_deep_installed,
    judge_reader,
    load_reader,
    measure_bias,
    measure_spread,
    share_heard,
    teach_head,
)
from heartline.understand.voice.heads import sound

CURVE = Path(__file__).parent.parent / "docs/explanation/learning-curve.svg"
SIZES = (50, 200, 1_000)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def vectors_of(reader: FastReader, one: TextSet) -> NDArray[np.float32]:
    """Encode a set, and say how fast."""
    began = time.process_time()
    found = reader.encoder.encode(one.texts)
    spent = time.process_time() - began
    print(f"  {one.name}: {len(one.texts):,} texts, {len(one.texts) / spent:,.0f} a CPU second")
    return found


def split(one: TextSet) -> tuple[Ints, Ints]:
    """Return rows to teach by and rows to judge by: 80/20 by the text's hash."""
    place = np.array([blake2b(text.lower().encode(), digest_size=2).digest()[0] % 5 for text in one.raw])
    return np.flatnonzero(place != 0), np.flatnonzero(place == 0)


def take(one: TextSet, vectors: NDArray[np.float32], rows: Ints) -> Lesson:
    """Return some rows as a lesson."""
    return Lesson(
        texts=tuple(one.texts[row] for row in rows),
        vectors=vectors[rows],
        sounds=one.sounds[rows],
        customers=one.people[rows],
    )


def rival_words(texts: list[str], sounds: Ints, later: list[str]) -> Floats:
    """Teach TF-IDF with logistic regression; return its probabilities of three sounds."""

    def build(strength: float) -> Pipeline:
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2 if len(texts) > 2_000 else 1)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
        return make_pipeline(make_union(words, letters), LogisticRegression(C=strength, max_iter=300, tol=1e-3))

    tried = (1.0, 4.0, 16.0) if len(texts) <= 2_000 else (4.0,)
    scored = [
        cross_val_score(build(c), texts, sounds, cv=3, scoring="f1_macro").mean() for c in tried if len(tried) > 1
    ]
    best = build(tried[int(np.argmax(scored))] if scored else tried[0]).fit(texts, sounds)
    told = np.zeros((len(later), 3))
    told[:, best.classes_] = best.predict_proba(later)
    return told


def rival_vader(raw: list[str]) -> Floats:
    """Return VADER's sounds as probabilities of nought and one, by its documented threshold of ±0.05."""
    analyzer = SentimentIntensityAnalyzer()
    compound = np.array([analyzer.polarity_scores(text)["compound"] for text in raw])
    return np.eye(3)[np.where(compound <= -0.05, 0, np.where(compound >= 0.05, 2, 1))]


def say(name: str, told: Floats, true: Ints) -> float:
    """Print macro-F1 with a bootstrap interval, accuracy and calibration error."""
    merit = judge_reader(told, true)
    draw = np.random.default_rng(0)
    drawn = [draw.integers(0, len(true), len(true)) for _ in range(200)]
    low, high = np.percentile([judge_reader(told[rows], true[rows]).f1 for rows in drawn], [2.5, 97.5])
    right = float((told.argmax(axis=1) == true).mean())
    print(
        f"    {name:<34} macro-F1 {merit.f1:.3f} [{low:.3f}, {high:.3f}]  accuracy {right:.3f}  ECE {merit.error:.3f}"
    )
    return merit.f1


def judge_curve(reader: FastReader, one: TextSet, vectors: NDArray[np.float32]) -> dict[str, list[tuple[int, float]]]:
    """Judge prior and taught readers beside rivals, by how many scored comments there are; deep where it is there."""
    teach, later = split(one)
    texts, raw = [one.texts[row] for row in later], [one.raw[row] for row in later]
    true = one.sounds[later]
    print(f"  {one.name}: taught by {len(teach):,}, judged by {len(later):,}")
    prior = say("the shipped reader", sound(reader.prior, None, vectors[later], texts), true)
    vader = say("VADER", rival_vader(raw), true)
    curve: dict[str, list[tuple[int, float]]] = {"heartline": [(0, prior)], "words": [], "vader": [(0, vader)]}
    for size in (*SIZES, len(teach)):
        drawn = [np.random.default_rng(seed).permutation(teach)[:size] for seed in range(5 if size < 1_000 else 1)]
        curve["heartline"].append((size, judge_taught(reader, one, vectors, drawn, "taught")))
        lessons = [take(one, vectors, rows) for rows in drawn]
        theirs = [rival_words(list(lesson.texts), lesson.sounds, texts) for lesson in lessons]
        curve["words"].append((size, _say_mean(f"TF-IDF by {size:,}", theirs, true)))
    if is_deep_installed():
        deep = load_reader(encoder=BothEncoders(reader.encoder))
        heard = vectors_of(deep, one)
        curve["deep"] = [(0, prior)]
        for size in (*SIZES, len(teach)):
            drawn = [np.random.default_rng(seed).permutation(teach)[:size] for seed in range(5 if size < 1_000 else 1)]
            curve["deep"].append((size, judge_taught(deep, one, heard, drawn, "deep, taught")))
    return curve


def judge_taught(reader: FastReader, one: TextSet, vectors: NDArray[np.float32], drawn: list[Ints], name: str) -> float:
    """Teach by each of some draws of rows; say how the first reads, and return the mean macro-F1."""
    later = split(one)[1]
    texts = [one.texts[row] for row in later]
    told = []
    for rows in drawn:
        head = teach_head(reader.prior, take(one, vectors, rows), encoder=reader.encoder.name).head
        told.append(sound(reader.prior, head, vectors[later], texts))
    return _say_mean(f"{name} by {len(drawn[0]):,}", told, one.sounds[later])


def _say_mean(name: str, told: list[Floats], true: Ints) -> float:
    merits = [judge_reader(each, true) for each in told]
    mean = float(np.mean([merit.f1 for merit in merits]))
    say(name + (f" (first of {len(told)})" if len(told) > 1 else ""), told[0], true)
    if len(told) > 1:
        print(f"      means: macro-F1 {mean:.3f}, ECE {np.mean([merit.error for merit in merits]):.3f}")
    return mean


def judge_untaught(reader: FastReader, one: TextSet, vectors: NDArray[np.float32], *, polar: bool) -> None:
    """Judge the shipped reader on a language or trade that never taught it; ``polar``: there is no middle."""
    told = sound(reader.prior, None, vectors, one.texts)
    if polar:
        right = ((told[:, 2] > told[:, 0]) == (one.sounds == 2)).mean()
        print(f"    {one.name}: good or bad right in {right:.3f} of {len(told):,}")
        return
    clear = one.sounds != 1
    right = ((told[clear, 2] > told[clear, 0]) == (one.sounds[clear] == 2)).mean()
    ranks = [np.argsort(np.argsort(values)) for values in (told[:, 2] - told[:, 0], one.scores)]
    together = np.corrcoef(*ranks)[0, 1]
    print(f"    {one.name}: good or bad right in {right:.3f} of {int(clear.sum()):,}; rank correlation {together:.3f}")


def judge_silence(reader: FastReader, one: TextSet, vectors: NDArray[np.float32], *, times: int) -> None:
    """Hide the scores of all but 200; see whether the groups' intervals hold the truth."""
    held, sure, widths, alone = [], [], [], []
    groups = int(one.groups.max()) + 1
    for seed in range(times):
        scored = np.random.default_rng(seed).permutation(len(one.texts))[:200]
        silent = np.setdiff1d(np.arange(len(one.texts)), scored)
        taught = teach_head(reader.prior, take(one, vectors, scored), encoder=reader.encoder.name)
        weights = calibrate(taught.merit.told, one.scores[scored])
        told = sound(reader.prior, taught.head, vectors[silent], [one.texts[row] for row in silent])
        found = estimate_silent(
            told=expect(told, weights),
            group=one.groups[silent],
            scored_told=expect(taught.merit.told, weights),
            scores=one.scores[scored],
            scored_group=one.groups[scored],
            groups=groups,
        )
        for group, silence in enumerate(found):
            if silence.n < 100:
                continue
            sure.append(silence.sure)
            if not silence.sure:
                continue
            truth = one.scores[silent][one.groups[silent] == group].mean()
            held.append(silence.low <= truth <= silence.high)
            widths.append(silence.high - silence.low)
            of_group = one.scores[scored][one.groups[scored] == group]
            if len(of_group) >= 5:
                alone.append(2 * 1.96 * of_group.std(ddof=1) / np.sqrt(len(of_group)))
    print(
        f"    {one.name}: {np.mean(held):.3f} of {len(held)} intervals hold the truth; not sure "
        f"{1 - np.mean(sure):.2f}; width {np.mean(widths):.3f} beside {np.mean(alone):.3f} of the scores alone"
    )


def judge_shares(reader: FastReader, one: TextSet, vectors: NDArray[np.float32], *, labels: int, times: int) -> None:
    """Teach by some, tell of every group (the set's own, and topics) how its comments sound; see what holds the truth.

    Beside it the floor: the reader's error on the whole, as if it erred alike of every group.
    """
    held: dict[str, list[tuple[float, float, float, float]]] = {"own groups": [], "topics": []}
    topics = KMeans(12, n_init=1, random_state=0).fit_predict(vectors)
    for seed in range(times):
        scored = np.random.default_rng(seed).permutation(len(one.texts))[:labels]
        taught = teach_head(reader.prior, take(one, vectors, scored), encoder=reader.encoder.name)
        told = sound(reader.prior, taught.head, vectors, one.texts)
        told[scored], true = taught.merit.told, np.full(len(told), -1)
        true[scored] = one.sounds[scored]
        bias, doubt = measure_bias(told[scored], one.sounds[scored], one.people[scored])
        spread = measure_spread(told[scored], one.sounds[scored], find_topics(vectors[scored]))
        floor = ReaderVersion(
            version=1, taught_us=0, labels=labels, customers=labels, f1=0, error=0, prior_f1=0, prior_error=0,
            bias=tuple(bias.tolist()), doubt=tuple(doubt.tolist()),
        )  # fmt: skip
        full = replace(floor, spread=tuple(spread.tolist()), told=tuple(told[scored].mean(axis=0).tolist()))
        for name, group in (("own groups", one.groups), ("topics", topics)):
            for rows in (np.flatnonzero(group == code) for code in np.unique(group)):
                if len(rows) >= 100:
                    held[name].extend(_hold_shares(one, rows, told[rows], true[rows], (floor, full)))
    for name, found in held.items():
        low, now, wide, wider = np.mean(found, axis=0)
        print(
            f"    {one.name}, {labels:,} labels, {name:<10} {now:.3f} of {len(found)} intervals hold the truth, half a "
            f"width {wider:.3f}; as if it erred alike everywhere {low:.3f}, {wide:.3f}"
        )


def _hold_shares(
    one: TextSet, rows: Ints, told: Floats, true: Ints, readers: tuple[ReaderVersion, ReaderVersion]
) -> list[tuple[float, float, float, float]]:
    """Return for each sound whether either reader's interval holds the truth, and half their widths."""
    truth = np.bincount(one.sounds[rows], minlength=3) / len(rows)
    floor, full = (
        share_heard(told[:, 0], told[:, 2], one.people[rows], reader=reader, sounds=known).shares
        for reader, known in zip(readers, (None, true), strict=True)
    )
    return [
        (
            float((a.low or 0) <= t <= (a.high or 0)), float((b.low or 0) <= t <= (b.high or 0)),
            (a.high or 0) / 2 - (a.low or 0) / 2, (b.high or 0) / 2 - (b.low or 0) / 2,
        )
        for a, b, t in zip(floor, full, truth, strict=True)
    ]  # fmt: skip


def judge_speed(reader: FastReader, one: TextSet) -> None:
    """Read whole, as the listener does."""
    texts = one.raw[:4_000]
    began = time.process_time()
    reader.read(texts, range(len(texts)))
    spent = time.process_time() - began
    print(f"    {one.name}: {len(texts) / spent:,.0f} texts a CPU second, all that is told of them")


def draw_curve(curve: dict[str, list[tuple[int, float]]], path: Path) -> None:
    """Draw the learning curve as a picture of its own."""
    width, height, left, bottom = 640, 300, 56, 250
    most = max(size for size, _f1 in curve["heartline"])
    colours = {"deep": "#7c2d12", "heartline": "#c2410c", "words": "#475569", "vader": "#94a3b8"}
    names = {"deep": "heartline, deep", "heartline": "heartline, fast", "words": "TF-IDF", "vader": "VADER"}
    # Ends that lie near each other: their names stand one below the other.
    lower = {"deep": -8, "words": 18}

    def x(size: int) -> float:
        return left + (width - left - 150) * np.log1p(size / 20) / np.log1p(most / 20)

    def y(f1: float) -> float:
        return bottom - (f1 - 0.3) / 0.55 * 220

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<style>text { font-size: 12px }</style><title>Macro-F1 by how many comments with a score there are</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for mark in (0.4, 0.5, 0.6, 0.7, 0.8):
        parts.append(f'<path d="M{left} {y(mark):.1f}H{width - 150}" stroke="#e2e8f0"/>')
        parts.append(f'<text x="{left - 8}" y="{y(mark) + 4:.1f}" text-anchor="end" fill="#475569">{mark}</text>')
    for size, _f1 in curve["heartline"]:
        parts.append(f'<text x="{x(size):.1f}" y="{bottom + 18}" text-anchor="middle" fill="#475569">{size:,}</text>')
    parts.append(f'<text x="{left}" y="{bottom + 38}" fill="#475569">comments with a score (airline tweets)</text>')
    for name, line in curve.items():
        points = line if len(line) > 1 else [line[0], (most, line[0][1])]
        path_of = "M" + "L".join(f"{x(size):.1f} {y(f1):.1f}" for size, f1 in points)
        dash = ' stroke-dasharray="4 4"' if name == "vader" else ""
        parts.append(f'<path d="{path_of}" fill="none" stroke="{colours[name]}" stroke-width="2"{dash}/>')
        end = points[-1]
        down = y(end[1]) + lower.get(name, 4)
        label = f"{names[name]} {end[1]:.2f}"
        parts.append(f'<text x="{x(end[0]) + 8:.1f}" y="{down:.1f}" fill="{colours[name]}">{label}</text>')
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", "utf-8")


def main() -> None:
    """Judge everything, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if not SHARED.is_dir():
        raise SystemExit("the real data sets do not lie beside the project: ../shared/data")
    print(" · ".join(f"{name} {value}" for name, value in describe_machine().items()))
    reader = load_reader()
    reader.encoder.encode(["warm up"])
    print("vectors")
    sets = [airline(), nps(), lounges(), *([] if asked.quick else [olist(), chinese()])]
    vectors = {one.name: vectors_of(reader, one) for one in sets}
    print("how it sounds")
    curve = judge_curve(reader, sets[0], vectors["airline"])
    draw_curve(curve, CURVE)
    print("  languages and trades that taught nothing")
    for one in sets[1:]:
        judge_untaught(reader, one, vectors[one.name], polar=one.name == "reviews-zh")
    print("the silent rest: all but 200 scores hidden, groups of 100 and more")
    for one in sets[:3]:
        judge_silence(reader, one, vectors[one.name], times=60 if asked.quick else 200)
    print("shares of groups of 100 and more")
    for one in sets[:3]:
        for labels in (200, 1_000) if len(one.texts) > 2_500 else (200,):
            judge_shares(reader, one, vectors[one.name], labels=labels, times=6 if asked.quick else 20)
    print("speed")
    for one in sets[:2]:
        judge_speed(reader, one)


if __name__ == "__main__":
    main()
