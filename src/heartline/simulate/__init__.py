"""A seeded simulation of Harbour & Bean, the company in the demo: what is planted is known, so it can be looked for."""

from __future__ import annotations

from heartline.simulate.simulation import SOURCES, Simulation, simulate

__all__ = ["SOURCES", "Simulation", "simulate"]
