"""A survey under ten times the load one server takes: what it sheds, and whether an accepted answer is lost or doubled.

python bench/survey_load.py [--seconds 30] [--times 10] [--ease 6]

First a few people answer one after the other, which says how many answers a second the server takes at its ease. Then
so many times as many come, each from an address of their own, over many connections: they open the link, choose a
number, write a word; whoever is sent away tries once more and leaves. After it all of State and History is read: each
accepted answer must stand there once. The callers take their share of the same cores, so the first figure is a low one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from machine import describe_machine, rss_mb
from servers import Server, serve, serve_heartline

from heartline.app import open_heartline
from heartline.config import read_settings
from heartline.records import Question, QuestionKind, SurveyStatus, SurveyText
from heartline.web.handing_over import settle_left

LANES = 200
MOST_MIB = 1024
_FRESH = re.compile(rb'name="fresh" value="([\w-]+)"')
_LENGTH = re.compile(r"(?i)content-length: (\d+)")
_LOCATION = re.compile(r"(?i)location: (\S+)")
_WAIT = re.compile(r"(?i)retry-after: [1-9]")
_HOUR_US = 3_600_000_000


@dataclass(slots=True)
class Told:
    """What the callers heard. ``numbered`` and ``worded`` are the visitors whose number, whose words were accepted."""

    statuses: Counter[int] = field(default_factory=Counter)
    numbered: set[int] = field(default_factory=set)
    worded: set[int] = field(default_factory=set)
    without_wait: int = 0
    waits: list[float] = field(default_factory=list)


class Caller:
    """One kept connection, on which people come one after the other."""

    def __init__(self, port: int, path: str, told: Told) -> None:
        self._port = port
        self._path = path
        self._told = told
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def visit(self, number: int) -> None:
        """Open the link, choose a number, write a word."""
        status, _to, page = await self._ask(number, "GET", f"{self._path}?visitor={number}")
        fresh = _FRESH.search(page)
        if status != 200 or fresh is None:
            return
        form = f"q=q1&a={number % 11}&fresh={fresh[1].decode()}"
        status, to, _page = await self._insist(number, f"{self._path}?visitor={number}", form)
        if status != 303:
            return
        self._told.numbered.add(number)
        status, _to, _page = await self._insist(number, to.partition("?")[0], f"q=q2&a=visitor+{number}")
        if status == 303:
            self._told.worded.add(number)

    async def _insist(self, number: int, path: str, form: str) -> tuple[int, str, bytes]:
        """Send a form, and where one is sent away once more, as a reload does."""
        answer = await self._ask(number, "POST", path, form)
        return answer if answer[0] != 503 else await self._ask(number, "POST", path, form)

    async def _ask(self, number: int, method: str, path: str, form: str = "") -> tuple[int, str, bytes]:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        kind = f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(form)}\r\n" if form else ""
        head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: {address}\r\n{kind}\r\n{form}"
        began = time.perf_counter()
        try:
            self._writer.write(head.encode())
            told = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = _LENGTH.search(told)
            body = await self._reader.readexactly(int(length[1]) if length else 0)
        except (OSError, asyncio.IncompleteReadError):
            self._told.statuses[0] += 1
            self._writer = None
            return 0, "", b""
        status, to = int(told[9:12]), _LOCATION.search(told)
        self._told.statuses[status] += 1
        self._told.without_wait += status in {429, 503} and not _WAIT.search(told)
        if status < 400:
            self._told.waits.append(time.perf_counter() - began)
        return status, to[1] if to else "", body

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()


async def at_ease(port: int, path: str, seconds: float, told: Told) -> int:
    """Have four people answer one after the other; return how many came to the end."""
    numbers, until = iter(range(1, 1 << 20)), time.monotonic() + seconds

    async def lane() -> None:
        caller = Caller(port, path, told)
        while time.monotonic() < until:
            await caller.visit(next(numbers))
        await caller.close()

    await asyncio.gather(*(lane() for _ in range(4)))
    return len(told.worded)


async def crowd(port: int, path: str, rate: float, seconds: float, first: int, told: Told) -> float:
    """Have people come at a rate, whether or not those before them are done; return the rate that was reached."""
    total = int(rate * seconds)
    numbers, began = iter(range(total)), time.monotonic()

    async def lane() -> None:
        caller = Caller(port, path, told)
        for number in numbers:
            if (wait := began + number / rate - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            await caller.visit(first + number)
        await caller.close()

    await asyncio.gather(*(lane() for _ in range(LANES)))
    return total / (time.monotonic() - began)


def prepare(data: Path) -> str:
    """Make an installation with a survey that is open; return the path of its link."""
    questions = (
        Question(key="q1", kind=QuestionKind.NPS, words="Would you recommend us?", top=10, required=True),
        Question(key="q2", kind=QuestionKind.TEXT, words="What is the reason?"),
    )
    with open_heartline(read_settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        text = SurveyText(title="Load", questions=questions, hidden=("visitor",))
        survey = kept.add_survey(text, by="bench")
        kept.set_survey(survey.survey_id, status=SurveyStatus.PUBLISHED)
        return f"/s/{kept.survey_link(survey.survey_id)}"


def judge(data: Path, told: Told) -> list[str]:
    """Read State and History after it; return what is wrong, a sentence each."""
    with open_heartline(read_settings(data_dir=data)) as heartline:
        while settle_left(heartline, now_us=time.time_ns() // 1_000 + _HOUR_US):
            pass
        heartline.catch_up()
        began = Counter(int(one.hidden["visitor"]) for one in heartline.stores.kept.responses(1))
        answered = sum(bool(one.answers.get("q1")) for one in heartline.stores.kept.responses(1))
        account = heartline.account()
    (path,) = data.glob("history*.duckdb")
    with closing(duckdb.connect(str(path), read_only=True)) as history:
        scores = history.execute("SELECT count(*) FROM interactions WHERE score IS NOT NULL").fetchall()[0][0]
        texts = Counter(text for (text,) in history.execute("SELECT text FROM interactions").fetchall() if text)
    lost = [number for number in told.worded if texts[f"visitor {number}"] != 1]
    faults = [
        (sum(n > 1 for n in began.values()), "visitors began twice"),
        (len(told.numbered - set(began)), "accepted numbers were lost"),
        (len(lost), "accepted words do not stand there once"),
        (sum(n > 1 for n in texts.values()), "words stand there twice"),
        (abs(scores - answered), "answers more or fewer in History than in State"),
        (0 if account.balanced else 1, "account out of balance"),
        (told.without_wait, "refusals did not say when to come again"),
        (sum(n for status, n in told.statuses.items() if status not in {200, 303, 429, 503}), "other answers"),
    ]
    return [f"{n} {what}" for n, what in faults if n]


def load(server: Server, path: str, asked: argparse.Namespace) -> Told:
    """Run the whole load on a server, and print what came of it."""
    told, most = Told(), 0.0
    ended = asyncio.run(at_ease(server.port, path, asked.ease, told))
    rate = asked.times * ended / asked.ease
    easy, first = len(told.waits), 1_000_000

    async def both() -> float:
        nonlocal most
        task = asyncio.ensure_future(crowd(server.port, path, rate, asked.seconds, first, told))
        while not task.done():
            most = max(most, rss_mb(server.pid))
            await asyncio.sleep(0.5)
        return await task

    reached = asyncio.run(both())
    after, began = Told(), time.monotonic()
    asyncio.run(Caller(server.port, path, after).visit(1_999_999))
    late_s = time.monotonic() - began
    waits = sorted(told.waits[easy:]) or [0.0]
    finished = len(told.worded) - ended
    print(json.dumps(describe_machine()))
    print(f"at its ease: {ended / asked.ease:.0f} answers a second (three requests each)")
    print(f"offered: {rate:.0f} people a second for {asked.seconds:g} s; {reached:.0f} a second came in the end")
    print(
        f"answers: {dict(sorted(told.statuses.items()))}; {finished} finished, {finished / asked.seconds:.0f} a second"
    )
    print(
        f"of those let in: p50 {waits[len(waits) // 2] * 1e3:.0f} ms, p99 {waits[len(waits) * 99 // 100] * 1e3:.0f} ms"
    )
    print(
        f"most resident {most:.0f} MiB (bar {MOST_MIB}); "
        f"a later answer took {late_s * 1e3:.0f} ms: {dict(after.statuses)}"
    )
    if most > MOST_MIB or after.worded != {1_999_999}:
        raise SystemExit(1)
    return told


def main() -> int:
    """Load a server and print what came of it; 1 where an answer was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--times", type=float, default=10)
    parser.add_argument("--ease", type=float, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        path = prepare(data)
        with serve(serve_heartline(data), env={"HEARTLINE_READ": "0"}) as server:
            told = load(server, path, asked)
        faults = judge(data, told)
    print(
        "; ".join(faults)
        or f"nothing lost, nothing doubled: {len(told.worded)} with words, {len(told.numbered)} in all"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
