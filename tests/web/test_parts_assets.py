"""Style sheets, scripts and vendored files: contrast computed, budgets held, no host named."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from heartline.web.parts.assets import SCRIPTS, STATIC, STYLES, asset

ROOT = Path(__file__).parent.parent.parent
TOKENS = (STATIC / "css" / "tokens.css").read_text("utf-8")


def read_theme(selector: str) -> dict[str, str]:
    block = TOKENS[TOKENS.index(selector) :]
    block = block[block.index("{") : block.index("}")]
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\b", block))


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


THEMES = {"light": read_theme(":root {"), "dark": read_theme('[data-theme="dark"]')}


@pytest.mark.parametrize("theme", THEMES)
def test_text_reaches_aa_on_every_ground_it_stands_on(theme: str) -> None:
    colours = THEMES[theme]
    for text in ("ink", "ink-2", "ink-3", "better", "worse", "danger", "pulse"):
        grounds = ("paper", "wash") if text in {"better", "worse", "danger", "pulse"} else ("paper", "wash", "wash-2")
        for ground in (*grounds, *(["pulse-wash"] if text in {"ink", "ink-2", "ink-3", "pulse"} else [])):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["on-ink"], colours["ink"]) >= 4.5
    assert contrast(colours["on-ink"], colours["ink-2"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_edges_focus_and_chart_hues_reach_three_to_one(theme: str) -> None:
    colours = THEMES[theme]
    for mark in ("edge", "focus", "believed", "ref", "c1", "c2", "c3", "c4", "c5", "c6", "c-other"):
        assert contrast(colours[mark], colours["paper"]) >= 3, mark
    assert contrast(colours["pulse"], colours["pulse-band"]) >= 3


def test_the_dark_theme_is_the_same_by_choice_and_by_system() -> None:
    assert read_theme(":root:not([data-theme])") == THEMES["dark"]


def test_our_scripts_stay_in_their_budget_and_are_checked() -> None:
    files = sorted((STATIC / "js").glob("*.js"))
    assert {path.stem for path in files} == set(SCRIPTS)
    texts = [path.read_text("utf-8") for path in files]
    assert sum(len(text.splitlines()) for text in texts) <= 1000
    for text in texts:
        assert text.startswith("// @ts-check")
        assert not re.search(r"\beval\(|new Function|\.on[a-z]+ = |document\.write", text)


def test_style_sheets_are_layers_and_fetch_nothing_from_elsewhere() -> None:
    for name in STYLES:
        text = (STATIC / "css" / f"{name}.css").read_text("utf-8")
        assert f"@layer {name}" in text
        assert not re.search(r"@import|https?:", text)
        assert all(url.startswith("/assets/vendor/") for url in re.findall(r"url\(([^)#]+)\)", text))


def test_an_assets_name_changes_with_its_content() -> None:
    assert re.fullmatch(r"/assets/css/base\.css\?v=[0-9a-f]{12}", asset("css/base.css"))
    assert asset("vendor/nothing.js") == "/assets/vendor/nothing.js"


def test_the_lock_names_no_host_and_keeps_every_hash() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert {name.removeprefix("node_modules/") for name in packages} == set(lock["packages"][""]["dependencies"])
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert package["integrity"].startswith("sha512-")


def test_every_face_a_style_sheet_asks_for_is_vendored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from vendor_assets import name_files  # noqa: PLC0415  # a script, not a package

    sys.modules.pop("vendor_assets", None)
    brought = set(name_files().values())
    asked = set(re.findall(r"/assets/vendor/([^)]+)\)", (STATIC / "css" / "base.css").read_text("utf-8")))
    assert asked <= brought
    assert {"htmx.min.js", "htmx.LICENSE", "source-sans-3.LICENSE", "source-serif-4.LICENSE"} <= brought


def test_vendoring_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    monkeypatch.setenv("HEARTLINE_SKIP_ASSETS", "1")
    from vendor_assets import bring_assets  # noqa: PLC0415  # a script, not a package

    sys.modules.pop("vendor_assets", None)
    assert "skipped" in bring_assets(tmp_path)
    assert not any(tmp_path.iterdir())
