"""Catalogs are whole, and the code that speaks through them can be read by them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from heartline.language import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
SPEAKERS = ("_", "ngettext", "pgettext", "mark")
MODULES = sorted(
    path
    for path in (ROOT / "src" / "heartline").rglob("*.py")
    if "heartline.language import" in path.read_text("utf-8")
)


def name_module(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_module)
def test_what_is_translated_is_written_down_whole(path: Path) -> None:
    """A text that is put together before it is looked up is in no catalog."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKERS[1:]:
            if path.name == "words.py" and ast.unparse(node) == "ngettext(one, many, count)":
                continue  # ``plural`` itself: its callers' words are read
            wanted = {"mark": 1, "pgettext": 2, "ngettext": 2}[node.func.id]
            words = [arg for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            assert len(words) == wanted, f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            assert not isinstance(node.args[0], ast.JoinedStr | ast.BinOp), f"line {node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name_module)
def test_nothing_takes_the_translator_s_name(path: Path) -> None:
    """A loop over ``_`` makes it a local name, and every sentence of that function fails."""
    tree = ast.parse(path.read_text("utf-8"))
    imported = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "heartline.language"
        and any(a.name == "_" for a in node.names)
        for node in ast.walk(tree)
    )
    if not imported:
        return
    inside = {
        id(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
        for part in node.generators
        for name in ast.walk(part.target)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store):
            assert id(node) in inside, f"line {node.lineno} assigns to _"
        if isinstance(node, ast.comprehension):
            names = {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
            assert "_" not in names, "a comprehension over _ hides the translator in its words"


@pytest.mark.parametrize("path", MODULES, ids=name_module)
def test_names_that_machines_read_are_left_alone(path: Path) -> None:
    """A form's field, a key or an address that is translated is not found in any other language."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            told = node.args[0]
            speaks = isinstance(told, ast.Call) and isinstance(told.func, ast.Name) and told.func.id in SPEAKERS
            asks = node.func.attr in {
                "get",
                "field",
                "number",
                "url",
                "here",
                "note",
                "note_audit",
                "pop",
                "setdefault",
            }
            assert not (speaks and asks), f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.keyword) and node.arg in {
            "name",
            "class_",
            "href",
            "action",
            "identity",
            "code",
            "kind",
        }:
            assert not (
                isinstance(node.value, ast.Call)
                and isinstance(node.value.func, ast.Name)
                and node.value.func.id in SPEAKERS
                and isinstance(node.value.args[-1], ast.Constant)
                and ast.unparse(node.value.args[-1]).strip("'\"").islower()
            ), f"line {node.value.lineno}: {ast.unparse(node.value)}"


def test_catalogs_say_everything_the_code_says() -> None:
    """Each message in each language, with the same gaps, and nothing that is said no more."""
    assert {"en", *(path.name for path in (ROOT / "src/heartline/locale").iterdir())} == set(LANGUAGES)
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "catalogs.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
