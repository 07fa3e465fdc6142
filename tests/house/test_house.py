"""The house rules that no linter knows: sizes, names, and that what exists is documented."""

from __future__ import annotations

import ast
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from heartline.cli import VERBS
from heartline.config import PREFIX, Settings
from heartline.records import RefusalReason

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
OURS = sorted(p for folder in ("src", "tests", "tools", "bench") for p in (ROOT / folder).rglob("*.py"))
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "core"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def is_door(path: Path, text: str) -> bool:
    """Whether a module only names what its room hands out, a line each: a list is no harder to read for being long."""
    return path.name == "__init__.py" and all(
        isinstance(node, ast.ImportFrom | ast.Expr)
        or (isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"])
        for node in ast.parse(text).body
    )


@pytest.mark.parametrize("path", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_has_at_most_500_lines_and_a_function_50(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500 or is_door(path, text)
    if not path.is_relative_to(ROOT / "src"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is too long"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [p for p in SOURCES if p.stem in FORBIDDEN or p.parent.name in FORBIDDEN] == []


def test_handlers_are_short_and_hold_no_markup() -> None:
    web = ROOT / "src/heartline/web"
    for path in sorted([*(web / "handlers").glob("*.py"), *(web / "api/handlers").glob("*.py")]):
        text = path.read_text(encoding="utf-8")
        assert "import htpy" not in text, path.name
        assert "from htpy" not in text, path.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                assert lines <= 15, f"{path.name}:{node.name} has {lines} lines"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert [f.name for f in fields(Settings) if f"`{PREFIX}{f.name.upper()}`" not in page] == []


def test_every_verb_is_documented() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"`heartline {verb}" not in page] == []


def test_every_reason_of_refusal_is_documented() -> None:
    page = (ROOT / "docs/reference/refusals.md").read_text(encoding="utf-8")
    assert [reason for reason in RefusalReason if f"`{reason.value}`" not in page] == []


def test_every_decision_has_its_five_parts() -> None:
    for path in sorted((ROOT / "docs/decisions").glob("0*.md")):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 40, path.name
        for part in ("Status", "Context", "Decision", "Consequences", "Alternatives"):
            assert f"## {part}" in text or f"**{part}" in text, f"{path.name} lacks {part}"


def test_nothing_tracked_names_a_registry_a_machine_or_is_somebody_elses() -> None:
    hosts = ("pypi" + ".org", "registry." + "npmjs", "files.python" + "hosted", "deb.debian" + ".org")
    for path in tracked():
        if path.suffix in {".png", ".woff2"} or path.name == "LICENSE":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not [host for host in hosts if host in text], path
        assert not re.search(r"/(home|root|work)/\w+/", text), path
    assert not [p for p in tracked() if p.suffix in {".parquet", ".woff2", ".whl"} or p.name.endswith(".min.js")]


def test_every_link_between_the_docs_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} → {target}"


def test_our_scripts_stay_under_a_thousand_lines() -> None:
    scripts = [p for p in (ROOT / "src/heartline/web/static").rglob("*.js") if "vendor" not in p.parts]
    charts = list((ROOT / "src/heartline/web/charts").rglob("*.js"))
    assert sum(len(p.read_text(encoding="utf-8").splitlines()) for p in {*scripts, *charts}) <= 1_000


def test_long_processes_are_tuples_of_named_steps() -> None:
    from heartline.unify.projector import STEPS  # noqa: PLC0415  # looked into, not used

    names = ["gate", "suppress", "dedupe", "number", "tie", "crowd", "resolve", "remember", "count"]
    assert [name for name, _ in STEPS] == names
