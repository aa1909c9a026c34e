"""The engine stays what a till can embed: standard library only, nothing from outside, no float."""

from __future__ import annotations

import ast
import doctest
import sys
from pathlib import Path

import pytest

import omo_pricing

HOME = Path(omo_pricing.__file__).parent
SOURCES = sorted(HOME.glob("*.py"))
IMPURE = {"asyncio", "locale", "logging", "os", "random", "secrets", "socket", "subprocess", "time", "urllib", "uuid"}


@pytest.mark.parametrize("source", SOURCES, ids=[source.stem for source in SOURCES])
def test_a_source_is_pure(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            roots = {name.split(".")[0] for name in names}
            assert roots <= (sys.stdlib_module_names | {"omo_pricing"}) - IMPURE
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex)), "a float"
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), "a division that makes a float"
        assert not (isinstance(node, ast.Name) and node.id in {"float", "open", "print", "input"})
        assert not (isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}), "a clock"


def test_the_readme_is_true() -> None:
    failed, tried = doctest.testfile(str(HOME / "README.md"), module_relative=False)
    assert tried > 5
    assert not failed
