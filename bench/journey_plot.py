"""The picture of cost against size: CPU seconds over events, both on logarithmic scales, drawn as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 44, 52
NAMES = {
    "mapped": ("heartline", "#b5452c", ""),
    "history": ("heartline, packing anew", "#b5452c", "5 3"),
    "duckdb": ("DuckDB SQL on History", "#2f5d8a", ""),
    "codes": ("DuckDB SQL on sorted codes", "#2f5d8a", "5 3"),
    "polars": ("Polars decoding the columns", "#6b6b6b", "2 3"),
    "pm4py": ("pm4py", "#5b7f3a", ""),
    "pl4pm": ("pl4pm", "#5b7f3a", "5 3"),
    "retentioneering": ("retentioneering", "#8a5a9e", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One engine: (events, CPU seconds), ascending."""

    name: str
    points: tuple[tuple[float, float], ...]


def draw_plot(lines: list[Line]) -> str:
    """Draw the lines with their names at their ends."""
    events = [x for line in lines for x, _ in line.points]
    costs = [y for line in lines for _, y in line.points]
    low_x, high_x = math.log10(min(events)), math.log10(max(events))
    low_y, high_y = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low_x) / max(high_x - low_x, 1e-9)
        up = (math.log10(y) - low_y) / max(high_y - low_y, 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        '<g font-family="system-ui, sans-serif" font-size="12" fill="#333">',
        "<title>CPU seconds of the path graph against the number of events</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="14">Path graph with exact medians: opening and pass, CPU seconds</text>',
    ]
    for power in range(low_y, high_y + 1):
        y = place(10**low_x, 10**power)[1]
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e3e0da"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:g}</text>')
    for size in sorted(set(events)):
        x = place(size, 10**low_y)[0]
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e3e0da"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_spell(size)}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 10}" text-anchor="end">events</text>')
    parts += [part for line in lines for part in _draw_line(line, [place(x, y) for x, y in line.points])]
    parts += _write_names([(line.name, place(*line.points[-1])) for line in lines])
    return "\n".join([*parts, "</g></svg>"]) + "\n"


def _draw_line(line: Line, spots: list[tuple[float, float]]) -> list[str]:
    _, colour, dashes = NAMES[line.name]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return [f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>', *dots]


def _write_names(ends: list[tuple[str, tuple[float, float]]]) -> list[str]:
    """Write the names right of the plot, pushed apart where they would touch, each led to its line's end."""
    ends = sorted(ends, key=lambda end: end[1][1])
    heights: list[float] = []
    for _, (_, y) in ends:
        heights.append(max(y, heights[-1] + 16 if heights else y))
    over = max(0.0, heights[-1] - (HEIGHT - BOTTOM)) if heights else 0.0
    parts = []
    for (name, (x, y)), height in zip(ends, heights, strict=True):
        told, colour, _ = NAMES[name]
        parts.append(
            f'<path d="M{x + 5:.1f} {y:.1f}L{WIDTH - RIGHT + 10} {height - over:.1f}" stroke="{colour}" opacity="0.4"/>'
            f'<text x="{WIDTH - RIGHT + 14}" y="{height - over + 4:.1f}" fill="{colour}">{escape(told)}</text>'
        )
    return parts


def _spell(size: float) -> str:
    return f"{size / 1e6:g}M" if size >= 1e6 else f"{size / 1e3:g}k"
