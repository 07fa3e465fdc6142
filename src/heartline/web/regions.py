"""Regions: which place lies in which, as the workspace says it. A region's figures are those of its places together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from heartline.app import Heartline
from heartline.errors import Invalid
from heartline.language import _

_SETTING: Final = "places"
_MOST: Final = 5_000
_LONGEST: Final = 120


def read_regions(heartline: Heartline) -> dict[str, str]:
    """Return the region of each place that has one."""
    kept = heartline.stores.kept.setting(_SETTING)
    return dict(json.loads(kept)) if kept else {}


def keep_regions(heartline: Heartline, regions: Mapping[str, str]) -> None:
    """Keep the region of each place, in place of what was kept."""
    heartline.stores.kept.set_setting(_SETTING, json.dumps(dict(sorted(regions.items())), ensure_ascii=False))


def write_regions(regions: Mapping[str, str]) -> str:
    """Write the table as people edit it: “Mill Lane = North”, a line a place, region by region."""
    return "\n".join(f"{place} = {region}" for place, region in sorted(regions.items(), key=lambda pair: pair[::-1]))


def parse_regions(text: str) -> dict[str, str]:
    """Read what people wrote: a line a place; empty lines are passed over. A place lies in one region.

    Raises:
        Invalid: a line has no “=”, one side is empty, a place stands twice in different regions, or there are too many.
    """
    regions: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        place, sign, region = (part.strip() for part in line.rpartition("="))
        if not (sign and place and region) or max(len(place), len(region)) > _LONGEST:
            raise Invalid(
                "bad_region_line",
                _("“{strip}” names no place and region.").format(strip=line.strip()[:60]),
                _("Place = Region."),
            )
        if regions.setdefault(place, region) != region:
            raise Invalid(
                "two_regions",
                _("“{place}” stands in two regions.").format(place=place[:60]),
                _("Leave one of the lines."),
            )
    if len(regions) > _MOST:
        raise Invalid(
            "many_places", _("More than {most} places.").format(most=_MOST), _("Leave out what nobody filters by.")
        )
    return regions
