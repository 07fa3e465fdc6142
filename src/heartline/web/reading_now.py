"""Reading at once what customers wrote, as a server does by itself some seconds behind."""

from __future__ import annotations

from dataclasses import dataclass

from heartline.app import Heartline
from heartline.web.desk import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """What was read now, and in all; ``labels`` taught the reader (0: nobody did), whose macro-F1 is ``f1``."""

    read: int
    read_in_all: int
    texts: int
    labels: int
    f1: float


def read_comments(heartline: Heartline, *, tell: Tell, most: int | None = None) -> ReadReport:
    """Read all that is not read yet, or ``most`` of it.

    Raises:
        Unavailable: the models cannot be loaded, or the disk is full; what was read stays.
    """
    heartline.catch_up()
    read = heartline.listener.catch_up(lambda share: tell("reading", round(share * 1_000), 1_000), most=most)
    status = heartline.listener.status()
    reader = status.reader
    return ReadReport(
        read=read,
        read_in_all=status.read,
        texts=status.texts,
        labels=0 if reader is None else reader.labels,
        f1=0.0 if reader is None else reader.f1,
    )
