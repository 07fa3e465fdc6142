"""A bar on the terminal for works that tell how far they are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Final

import click

from heartline.web import Tell

_STEPS: Final = 1000


@contextlib.contextmanager
def showing_progress(labels: Mapping[str, str]) -> Iterator[Tell]:
    """Show one progress bar a stage, under the label of its name."""
    with contextlib.ExitStack() as stack:
        bars: dict[str, _Bar] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                stack.close()
                label = labels.get(stage, stage)
                bars[stage] = _Bar(stack.enter_context(click.progressbar(length=_STEPS, label=label, show_pos=False)))
            bars[stage].move(done, total)

        yield tell


class _Bar:
    """Moves a progress bar by thousandths, and never back."""

    def __init__(self, bar: object) -> None:
        self._bar = bar
        self._shown = 0

    def move(self, done: int, total: int) -> None:
        now = max(self._shown, done * _STEPS // max(1, total))
        self._bar.update(now - self._shown)  # type: ignore[attr-defined]  # click types its bar privately
        self._shown = now
