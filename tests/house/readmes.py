"""The rule on a service's own page: what it promises, each row with the test that proves it."""

import ast
import re
from pathlib import Path

_TEST = re.compile(r"`?(tests/[\w/.-]+\.py)(?:::(\w+))?`?")
_HEADINGS = ("owns", "promises", "publishes", "hears", "runbook")


def rows(page: str) -> list[str]:
    """The rows of the page's tables that name a test."""
    return [line for line in page.splitlines() if line.startswith("|") and _TEST.search(line)]


def _defines(path: Path, name: str) -> bool:
    tree = ast.parse(path.read_text())
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name for node in ast.walk(tree)
    )


def broken_rows(name: str, page: str, root: Path) -> list[str]:
    """Rows whose test does not exist, and pages that say too little."""
    lower = page.lower()
    found = [f"{name}: says nothing about what it {word}" for word in _HEADINGS[:-1] if word not in lower]
    if _HEADINGS[-1] not in lower:
        found.append(f"{name}: has no runbook")
    return found + broken_tests(name, page, root)


def broken_tests(name: str, page: str, root: Path) -> list[str]:
    """Rows whose test does not exist; also of a capability's own page, where a service's grew too long."""
    found = [] if rows(page) else [f"{name}: has no row that names its test"]
    for row in rows(page):
        for path, test in _TEST.findall(row):
            if not (root / path).is_file():
                found.append(f"{name}: {path} does not exist")
            elif test and not _defines(root / path, test):
                found.append(f"{name}: {path} has no {test}")
    return found
