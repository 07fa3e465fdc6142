"""Drivers: which touchpoints, feelings, waits, stages, channels, places, products and themes go with a score."""

from __future__ import annotations

from heartline.understand.drivers.gathering import Driver, DriverKind, Flag, Gathered, gather_drivers
from heartline.understand.drivers.placing import Quadrant, place_driver
from heartline.understand.drivers.weighing import ALIKE, INFLATED, Observed, Weights, weigh

__all__ = [
    "ALIKE",
    "INFLATED",
    "Driver",
    "DriverKind",
    "Flag",
    "Gathered",
    "Observed",
    "Quadrant",
    "Weights",
    "gather_drivers",
    "place_driver",
    "weigh",
]
