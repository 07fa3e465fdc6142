"""SVG elements by name (htpy lower-cases what it is asked for, SVG does not), and its numbers."""

from __future__ import annotations

from typing import Final

from htpy import Element

svg: Final = Element("svg")
g: Final = Element("g")
defs: Final = Element("defs")
desc: Final = Element("desc")
title: Final = Element("title")
style: Final = Element("style")
path: Final = Element("path")
circle: Final = Element("circle")
rect: Final = Element("rect")
line: Final = Element("line")
text: Final = Element("text")
tspan: Final = Element("tspan")
pattern: Final = Element("pattern")
stop: Final = Element("stop")
linear_gradient: Final = Element("linearGradient")
a: Final = Element("a")


def num(value: float) -> str:
    """A coordinate: one decimal at most, no trailing zero, never “-0”."""
    text_ = f"{value:.1f}".removesuffix(".0")
    return "0" if text_ == "-0" else text_


def box(width: float, height: float) -> str:
    """A viewBox from the origin."""
    return f"0 0 {num(width)} {num(height)}"
