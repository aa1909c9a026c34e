"""Rules on where SQL may stand, and the statements that stand there."""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.house.tree import Source

_SQL = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+[\w.]+\s|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s*(\([^)]*\)\s*)?AS\s|"
    r"MERGE\s+INTO\s|TRUNCATE\s|LISTEN\s|CREATE\s+(TABLE|INDEX|ROLE|DATABASE|SCHEMA)\s|ALTER\s+(TABLE|ROLE|DATABASE)\s|"
    r"DROP\s+(TABLE|ROLE|DATABASE)\s|GRANT\s+[A-Z]+)",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL constant of a store."""

    module: str
    name: str
    text: str

    @property
    def label(self) -> str:
        """How a complaint names it."""
        return f"{self.module}.{self.name}"


def looks_like_sql(text: str) -> bool:
    """Whether a string is a statement (SQL keywords are written in capitals here)."""
    return _SQL.match(text) is not None


def _may_hold_sql(source: Source) -> bool:
    name = source.parts[-1]
    if source.parts[0] in {"services", "simulators", "omo_storelink"}:  # the latter two keep SQLite files
        return name == "store.py" or name.startswith("store_")
    # kit owns the machinery's tables; the supervisor makes databases and roles; tests look from outside
    return source.parts[0] in {"kit", "tests", "benchmarks"} or source.path.startswith("cli/")


def sql_elsewhere(sources: Iterable[Source]) -> list[str]:
    """SQL outside of stores and kit."""
    return [
        f"{source.path}:{node.lineno} holds SQL: it belongs into store.py"
        for source in sources
        if not _may_hold_sql(source)
        for node in ast.walk(source.tree())
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and looks_like_sql(node.value)
    ]


def _stores(sources: Iterable[Source]) -> list[Source]:
    return [source for source in sources if source.parts[0] == "services" and _may_hold_sql(source)]


def inline_sql(sources: Iterable[Source]) -> list[str]:
    """SQL of a store that is no module constant, so that no test could prepare it."""
    return [
        f"{source.path}:{node.lineno} SQL inside {function.name}: make it a module constant"
        for source in _stores(sources)
        for function in ast.walk(source.tree())
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and looks_like_sql(node.value)
    ]


def statements(sources: Iterable[Source]) -> Iterator[Statement]:
    """Every SQL constant of the stores among these files."""
    for source in _stores(sources):
        held = vars(importlib.import_module(source.module)).items()
        yield from (Statement(source.module, name, text) for name, text in held if _is_statement(text))


def _is_statement(value: object) -> bool:
    return isinstance(value, str) and looks_like_sql(value)
