"""How well deep readings and themes are: the second half of ``make eval``. Needs ``../shared/data``.

Two encoders side by side where the extra ``deep`` is installed, the fast one alone where it is not; what is printed
says which. Splits: Banking77 80/20 by a hash of the text; CLINC150 train and dev, its threshold from a tenth of train;
GoEmotions train and dev, thresholds from an eighth of train; airline as in ``eval.py``. Vectors are kept in ``.make/``.
Published: Banking77 0.928 (USE) to 0.937 (BERT), Casanueva and others 2020, on a test set that is not here; CLINC150
in-scope 0.969, recall 0.403 (BERT), Larson and others 2019; GoEmotions 0.46 and Ekman 0.64 (BERT), Demszky and others
2020. ``--only`` names parts: themes, banking, clinc, emotions, airline, speed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from eval import rival_vader, say, split, take
from machine import describe_machine
from numpy.typing import NDArray
from reading_sets import SHARED, airline
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, f1_score, normalized_mutual_info_score
from sklearn.pipeline import make_union
from threadpoolctl import threadpool_limits
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from heartline.understand.themes import find_themes
from heartline.understand.voice import (
    BothEncoders,
    DeepEncoder,
    Encoder,
    SentenceEncoder,
    calibration_error,
    clean,
    is_deep_installed,
    load_reader,
    teach_head,
)
from heartline.understand.voice.feelings import find_marks, teach_feelings, tell_feelings
from heartline.understand.voice.heads import hash_words, sound
from heartline.understand.voice.intents import IntentHead, teach_intents, tell_intents

KEPT = Path(__file__).parent.parent / ".make/vectors"
EKMAN = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def encode(encoder: Encoder, name: str, texts: Sequence[str]) -> Vectors:
    """Return vectors of a set, from the disk where they were made before; say how fast."""
    key = blake2b("\n".join([encoder.name, *texts]).encode(), digest_size=8).hexdigest()
    path = KEPT / f"{name}-{key}.npy"
    if path.is_file():
        return np.load(path).astype(np.float32)
    began = time.process_time()
    found = encoder.encode(texts)
    print(f"  {encoder.name}, {name}: {len(texts) / (time.process_time() - began):,.0f} texts a CPU second")
    KEPT.mkdir(parents=True, exist_ok=True)
    np.save(path, found.astype(np.float16))
    return found


def hear_whole(encoders: Sequence[Encoder]) -> Encoder:
    """Return the encoder of how a text sounds: the product's own, of both where both are there."""
    return BothEncoders(encoders[0]) if len(encoders) > 1 else encoders[0]


def side_by_side(encoders: Sequence[Encoder], name: str, texts: Sequence[str]) -> Vectors:
    """Return the vectors of all encoders beside each other."""
    return np.hstack([encode(one, name, texts) for one in encoders])


def read(file: str, columns: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM '{SHARED / file}'").fetchall()


def weigh_words(teach: Sequence[str], *others: Sequence[str]) -> list[Any]:
    """Return TF-IDF of words and groups of letters, learnt from the first."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3)
    both = make_union(words, letters)
    return [both.fit_transform(teach).tocsr(), *(both.transform(one).tocsr() for one in others)]


def tell_share(right: NDArray[np.bool_]) -> str:
    """Return a share with its Wilson interval."""
    n, p = len(right), float(right.mean())
    middle = (p + 1.92 / n) / (1 + 3.84 / n)
    half = 1.96 / (1 + 3.84 / n) * np.sqrt(p * (1 - p) / n + 0.96 / n**2)
    return f"{p:.3f} [{middle - half:.3f}, {middle + half:.3f}] of {n:,}"


def judge_themes(encoders: Sequence[Encoder]) -> None:
    """Find the themes of Banking77, their number not told; beside clusterings that are told it."""
    rows = read("banking77/train.parquet", "text, intent")
    texts, true = [clean(row[0]) for row in rows], np.unique([row[1] for row in rows], return_inverse=True)[1]
    print(f"themes: {len(texts):,} Banking77 questions")
    for encoder in encoders:
        vectors = encode(encoder, "banking", texts)
        began = time.process_time()
        found = find_themes(texts, vectors, np.arange(len(texts)))
        spent = time.process_time() - began
        stable = sum(one.stable for one in found.themes)
        _tell_clusters(f"{encoder.name}, number not told", true, found.member)
        print(
            f"      {len(found.themes)} themes, {stable} stable (Jaccard of 0.6 in 90 % resamples); {spent:.1f} CPU s"
        )
        told = MiniBatchKMeans(77, random_state=0, n_init=3, batch_size=2_048).fit_predict(vectors)
        _tell_clusters(f"{encoder.name}, k-means told 77", true, told)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=3).fit_transform(texts)
    _tell_clusters("TF-IDF, k-means told 77", true, MiniBatchKMeans(77, random_state=0, n_init=3).fit_predict(words))


def _tell_clusters(name: str, true: Ints, told: Ints) -> None:
    nmi, ari = normalized_mutual_info_score(true, told), adjusted_rand_score(true, told)
    print(f"    {name:<44} NMI {nmi:.3f}  ARI {ari:.3f}")


def judge_banking(encoders: Sequence[Encoder]) -> None:
    """Tell 77 intents."""
    rows = read("banking77/train.parquet", "text, intent")
    texts, intents = [clean(row[0]) for row in rows], np.array([row[1] for row in rows])
    fold = np.array([blake2b(row[0].lower().encode(), digest_size=2).digest()[0] % 5 for row in rows])
    teach, later = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    vectors = side_by_side(encoders, "banking", texts)
    words = weigh_words([texts[row] for row in teach], [texts[row] for row in later])
    print(f"intents: Banking77, taught by {len(teach):,}, judged by {len(later):,}")
    _judge_intents((vectors[teach], words[0]), intents[teach], (vectors[later], words[1]), intents[later])


def judge_clinc(encoders: Sequence[Encoder]) -> None:
    """Tell 150 intents, and that it is none of them."""
    sets = {one: read(f"clinc150/{one}.parquet", "text, intent") for one in ("train", "dev", "oos_dev")}
    texts = {one: [clean(row[0]) for row in rows] for one, rows in sets.items()}
    vectors = {one: side_by_side(encoders, f"clinc-{one}", some) for one, some in texts.items()}
    words = weigh_words(texts["train"], texts["dev"], texts["oos_dev"])
    intents = {one: np.array([row[1] for row in rows]) for one, rows in sets.items()}
    print(f"intents: CLINC150, taught by {len(texts['train']):,}, judged by {len(texts['dev']):,}")
    head = _judge_intents((vectors["train"], words[0]), intents["train"], (vectors["dev"], words[1]), intents["dev"])
    told, _sure, _energy = tell_intents(head, (vectors["dev"], words[1]))
    none, _sure, _energy = tell_intents(head, (vectors["oos_dev"], words[2]))
    print(f"      none of them, rightly: {tell_share(none < 0)}; wrongly: {tell_share(told < 0)}; BERT 0.403 rightly")


def _judge_intents(
    teach: tuple[Any, ...], intents: NDArray[Any], later: tuple[Any, ...], true: NDArray[Any]
) -> IntentHead:
    began = time.process_time()
    head = teach_intents(teach, intents.tolist())
    spent = time.process_time() - began
    place = np.searchsorted(np.array(head.names), true)
    _code, told, _energy = tell_intents(head, later)
    alone = teach[1], later[1]
    words = LogisticRegression(C=30, max_iter=60, tol=1e-3).fit(alone[0], intents).predict(alone[1])
    print(
        f"    heartline {tell_share(told.argmax(axis=1) == place)}, ECE {calibration_error(told, place):.3f}; "
        f"TF-IDF + LR {tell_share(words == true)}; {spent:.0f} CPU s to teach"
    )
    return head


def judge_emotions(encoders: Sequence[Encoder]) -> None:
    """Tell 28 emotions and Ekman's seven, all by one head; what it chooses, it chooses by an eighth of train."""
    rows = {one: read(f"goemotions/{one}.parquet", "text, emotions, ekman") for one in ("train", "dev")}
    texts = {one: [clean(row[0]) for row in some] for one, some in rows.items()}
    hearing = hear_whole(encoders)
    vectors = {one: encode(hearing, f"goemotions-{one}", some) for one, some in texts.items()}
    hashed = {one: hash_words(some).tocsr() for one, some in texts.items()}
    names = sorted({name for row in rows["train"] for name in row[1]})
    fine = len(names)
    true = {
        one: np.array([[*(name in row[1] for name in names), *(name in row[2] for name in EKMAN)] for row in some])
        for one, some in rows.items()
    }
    began = time.process_time()
    head = teach_feelings(vectors["train"], hashed["train"], true["train"], [*names, *EKMAN])
    spent = time.process_time() - began
    print(
        f"emotions: GoEmotions, taught by {len(texts['train']):,}, judged by {len(texts['dev']):,}; "
        f"{hearing.name}; vectors counted {head.share}; {spent:.0f} CPU s to teach"
    )
    told, chances = tell_feelings(head, vectors["dev"], hashed["dev"])
    alone = _tell_by_words(texts, true)
    analyzer = SentimentIntensityAnalyzer()
    for labels, known in ((slice(0, fine), "BERT 0.46"), (slice(fine, None), "BERT 0.64")):
        here = true["dev"][:, labels]
        errors = [
            calibration_error(np.column_stack([1 - one, one]), carried.astype(np.int64))
            for one, carried in zip(chances[:, labels].T, here.T, strict=True)
        ]
        print(
            f"    {here.shape[1]} labels, macro-F1: heartline {tell_f1(told[:, labels], here)}, TF-IDF + LR "
            f"{tell_f1(alone[:, labels], here)} ({known}); ECE of a label: mean {np.mean(errors):.3f}, worst "
            f"{max(errors):.3f}"
        )
    _judge_sides(analyzer, [row[0] for row in rows["dev"]], chances[:, fine:], true["dev"][:, fine:])


def _judge_sides(analyzer: SentimentIntensityAnalyzer, raw: Sequence[str], chances: Floats, true: NDArray[Any]) -> None:
    """Judge joy against four of Ekman's others, beside a list of words, which knows no more."""
    glad, upset = EKMAN.index("joy"), [EKMAN.index(name) for name in ("anger", "disgust", "fear", "sadness")]
    clear = true[:, glad] != true[:, upset].any(axis=1)
    said = np.array([analyzer.polarity_scores(text)["compound"] for text in raw])[clear] > 0
    told = (chances[:, glad] > 1 - np.prod(1 - chances[:, upset], axis=1))[clear]
    is_glad = true[clear, glad]
    print(f"    glad or upset: heartline {tell_share(told == is_glad)}, VADER {tell_share(said == is_glad)}")


def tell_f1(told: NDArray[np.bool_], true: NDArray[np.bool_]) -> str:
    """Return macro-F1 with a bootstrap interval."""
    draw = np.random.default_rng(0)
    drawn = [draw.integers(0, len(true), len(true)) for _ in range(200)]
    low, high = np.percentile([_macro(told[rows], true[rows]) for rows in drawn], [2.5, 97.5])
    return f"{_macro(told, true):.3f} [{low:.3f}, {high:.3f}]"


def _macro(told: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(np.mean(2 * (told & true).sum(axis=0) / np.maximum(1, told.sum(axis=0) + true.sum(axis=0))))


def _tell_by_words(texts: dict[str, list[str]], true: dict[str, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return what TF-IDF with logistic regression tells of dev, each label's threshold from an eighth of train."""
    marks = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, token_pattern=r"(?u)\b\w+\b|[!?]")
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=5)
    both = make_union(marks, letters)
    train, dev = both.fit_transform(texts["train"]).tocsr(), both.transform(texts["dev"]).tocsr()
    held = np.random.default_rng(0).random(len(texts["train"])) < 1 / 8

    def fit(rows: NDArray[np.bool_], later: Any) -> Floats:  # noqa: ANN401  # a matrix
        heads = (
            LogisticRegression(C=4, solver="liblinear", tol=1e-2, class_weight="balanced").fit(train[rows], of[rows])
            for of in true["train"].T
        )
        return np.column_stack([head.decision_function(later) for head in heads])

    found = find_marks(fit(~held, train[held]), true["train"][held])
    return fit(held | ~held, dev) >= np.array([mark for mark, _best in found])


def judge_airline(encoders: Sequence[Encoder]) -> None:
    """Tell three sounds: the reader's own teaching, with both encoders' vectors where there are two."""
    one, reader = airline(), load_reader()
    hearing = hear_whole(encoders)
    vectors = encode(hearing, "airline", one.texts)
    teach, later = split(one)
    texts, true = [one.texts[row] for row in later], one.sounds[later]
    say("VADER", rival_vader([one.raw[row] for row in later]), true)
    print(f"sounds: airline, judged by {len(later):,}")
    for size in (200, len(teach)):
        times = 5 if size < 1_000 else 1
        told = []
        for seed in range(times):
            rows = np.random.default_rng(seed).permutation(teach)[:size]
            lesson = take(one, vectors, rows)
            head = teach_head(reader.prior, lesson, encoder=hearing.name).head
            told.append(sound(reader.prior, head, vectors[later], texts))
        mean = np.mean([f1_score(true, each.argmax(axis=1), average="macro") for each in told])
        say(f"taught by {size:,}" + (" (first of 5)" if times > 1 else ""), told[0], true)
        print(f"      mean macro-F1 {mean:.3f}")


def judge_speed(encoders: Sequence[Encoder]) -> None:
    """Encode tweets, one thread."""
    texts = airline().texts[:1_500]
    for encoder in [*encoders, *([hear_whole(encoders)] if len(encoders) > 1 else [])]:
        encoder.encode(["warm up"])
        began = time.process_time()
        encoder.encode(texts)
        print(f"  {encoder.name}: {len(texts) / (time.process_time() - began):,.0f} tweets a CPU second")


PARTS = {
    "themes": judge_themes,
    "banking": judge_banking,
    "clinc": judge_clinc,
    "emotions": judge_emotions,
    "airline": judge_airline,
    "speed": judge_speed,
}


def main() -> None:
    """Judge all or some parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    asked = parser.parse_args()
    if not SHARED.is_dir():
        raise SystemExit("the real data sets do not lie beside the project: ../shared/data")
    threadpool_limits(1)
    print(" · ".join(f"{name} {value}" for name, value in describe_machine().items()))
    encoders: list[Encoder] = [SentenceEncoder()]
    if is_deep_installed():
        encoders.append(DeepEncoder())
    else:
        print("deep reading is not installed (make deep): the fast encoder alone")
    for part in asked.only:
        PARTS[part](encoders)


if __name__ == "__main__":
    main()
