"""Journeys are definitions: where a run starts and ends, and the stages between."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of a journey. ``touchpoints`` are names as History knows them, in the order most people meet them."""

    name: str
    touchpoints: tuple[str, ...]
    locked: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A journey's definition. A run of one customer starts at the first touchpoint of the journey met while no run is
    open and ends after a touchpoint in ``ends``, or when nothing of the journey happened for ``gap_days``.

    ``starts`` and ``ends`` may be empty: then any touchpoint of the journey starts a run, and only the gap ends it.
    ``where`` narrows to customers with these values, e.g. ``(("trait:plan", "subscription"), ("place", "North"))``.
    """

    journey_id: str
    name: str
    stages: tuple[Stage, ...]
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    gap_days: int = 180
    where: tuple[tuple[str, str], ...] = ()
    version: int = 1
    proposed: bool = False

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """All touchpoints of the journey, in stage order."""
        return tuple(name for stage in self.stages for name in stage.touchpoints)
