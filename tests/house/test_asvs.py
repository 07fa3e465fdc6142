"""The table of ASVS is whole and honest: each row has a test that exists, or a reason."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/asvs.md"
LEVEL_2 = {
    # How many items of levels 1 and 2 each section of ASVS 5.0 has, numbered from 1 (those of level 3 are left out).
    "1.1": range(1, 3), "1.2": range(1, 10), "1.3": range(1, 12), "1.4": range(1, 4), "1.5": range(1, 3),
    "2.1": range(1, 4), "2.2": range(1, 4), "2.3": range(1, 5), "2.4": range(1, 2),
    "3.2": range(1, 3), "3.3": range(1, 5), "3.4": range(1, 7), "3.5": range(1, 6), "3.7": range(1, 3),
    "4.1": range(1, 4), "4.2": range(1, 2), "4.3": range(1, 3), "4.4": range(1, 5),
    "5.1": range(1, 2), "5.2": range(1, 4), "5.3": range(1, 3), "5.4": range(1, 4),
    "6.1": range(1, 4), "6.2": range(1, 12), "6.3": range(1, 4), "6.4": range(1, 5), "6.5": range(1, 6),
    "6.6": range(1, 4), "6.8": range(1, 5),
    "7.1": range(1, 4), "7.2": range(1, 5), "7.3": range(1, 3), "7.4": range(1, 6), "7.5": range(1, 3),
    "7.6": range(1, 3),
    "8.1": range(1, 3), "8.2": range(1, 4), "8.3": range(1, 2), "8.4": range(1, 2),
    "9.1": range(1, 4), "9.2": range(1, 5),
    "10.1": range(1, 3), "10.2": range(1, 3), "10.3": range(1, 5), "10.4": range(1, 12), "10.5": range(1, 6),
    "10.6": range(1, 3), "10.7": range(1, 4),
    "11.1": range(1, 3), "11.2": range(1, 4), "11.3": range(1, 4), "11.4": range(1, 4), "11.5": range(1, 2),
    "11.6": range(1, 2),
    "12.1": range(1, 4), "12.2": range(1, 3), "12.3": range(1, 5),
    "13.1": range(1, 2), "13.2": range(1, 6), "13.3": range(1, 3), "13.4": range(1, 6),
    "14.1": range(1, 3), "14.2": range(1, 5), "14.3": range(1, 4),
    "15.1": range(1, 4), "15.2": range(1, 4), "15.3": range(1, 8),
    "16.1": range(1, 2), "16.2": range(1, 6), "16.3": range(1, 5), "16.4": range(1, 4), "16.5": range(1, 4),
}  # fmt: skip
CALLED_OUT = {
    "1.2.10", "1.3.1", "1.3.2", "1.3.6", "1.3.7", "1.5.2", "2.4.1", "3.4.1", "3.4.3", "3.5.1", "4.1.2", "4.2.1",
    "5.2.1", "5.2.2", "5.3.1", "5.4.2", "6.2.1", "6.3.1", "7.2.1", "8.2.2", "8.3.1", "8.4.1", "13.2.5", "13.4.1",
    "14.2.1", "14.2.3", "14.2.4", "14.2.6", "15.3.1", "16.2.5", "16.3.1", "16.4.1",
}  # fmt: skip
REASONS = ("does not apply:", "document:", "by design:", "operator:", "partly:", "not met:")


NEVER = {"subprocess", "pickle", "marshal", "shelve", "code", "codeop", "pty"}
NEVER_CALLED = {"eval", "exec", "compile", "__import__"}


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (API)?\d", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def unfold(item: str) -> set[str]:
    first, _, last = item.partition("–")
    if not last:
        return {first}
    section = first.rpartition(".")[0]
    assert last.rpartition(".")[0] == section, item
    start, end = (int(text.rpartition(".")[2]) for text in (first, last))
    return {f"{section}.{number}" for number in range(start, end + 1)}


def test_no_item_of_level_2_is_left_out_or_there_twice() -> None:
    told = [item for row in rows() for item in sorted(unfold(row[0]))]
    assert len(told) == len(set(told))
    wanted = {f"{section}.{number}" for section, numbers in LEVEL_2.items() for number in numbers}
    assert sorted((wanted | CALLED_OUT | {f"API{n}" for n in range(1, 11)}) - set(told)) == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_is_held_by_a_test_that_exists_or_by_a_reason(row: list[str]) -> None:
    assert len(row) == 4
    item, asks, how, held = row
    assert asks, item
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", held)
    assert [name for path, name in named if name not in names_in(ROOT / path)] == []
    kind = next((kind for kind in REASONS if held.startswith(kind)), "")
    if not kind:
        assert named, f"{item} has neither a test nor a reason"
        assert how != "–", f"{item} does not say how"
        assert re.sub(r"`[^`]+`", "", held).strip() == "", f"{item} says something that is no test"
    elif kind == "document:":
        assert "](" in held or named, f"{item} names no document"
    else:
        assert len(held.removeprefix(kind).split()) >= 2, f"{item} gives no reason"


def test_no_module_of_ours_starts_a_process_unpickles_or_evaluates() -> None:
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(path.name, name.name) for name in node.names if name.name.partition(".")[0] in NEVER]
            elif isinstance(node, ast.ImportFrom):
                found += [(path.name, node.module)] * ((node.module or "").partition(".")[0] in NEVER)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found += [(path.name, node.func.id)] * (node.func.id in NEVER_CALLED)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                found += [(path.name, node.attr)] * bool(re.match(r"system$|popen$|exec|spawn|posix_spawn", node.attr))
    assert found == []
