"""A bar of the design, its figure, and whether it is met."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of the table. ``bound`` is the design's figure; a ``floor`` is to be reached, a ceiling kept below.

    ``rival`` is the figure beside it, where the bar is a ratio; ``note`` says on what it was measured.
    """

    name: str
    figure: float
    bound: float
    unit: str
    floor: bool = False
    ours: str = ""
    rival: str = ""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return self.figure >= self.bound if self.floor else self.figure <= self.bound

    def as_json(self) -> dict[str, object]:
        """Return the bar as a JSON object, with its verdict."""
        return {**asdict(self), "met": self.met}


def write_table(bars: list[Bar]) -> str:
    """Lay bars out as a table of text."""
    rows = [("bar", "figure", "wanted", "ours", "rival", "verdict", "on")]
    for bar in bars:
        sign = "≥" if bar.floor else "≤"
        rows.append((
            bar.name,
            f"{bar.figure:,.2f} {bar.unit}".strip(),
            f"{sign} {bar.bound:g} {bar.unit}".strip(),
            bar.ours,
            bar.rival,
            "met" if bar.met else "MISSED",
            bar.note,
        ))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)
