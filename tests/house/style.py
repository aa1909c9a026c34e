"""Rules on the size and the names of files and functions."""

import ast
from collections.abc import Iterable, Iterator

from tests.house.tree import Source

FILE_LINES = 250
FUNCTION_LINES = 40
NESTING = 3
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "impl", "misc"}
# a `with` is a scope, not a branch
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_files(sources: Iterable[Source]) -> list[str]:
    """Files that tell more than one story."""
    return [
        f"{source.path}: {lines} lines, at most {FILE_LINES}"
        for source in sources
        if (lines := source.text.count("\n")) > FILE_LINES
    ]


def _functions(source: Source) -> Iterator[_Function]:
    return (node for node in ast.walk(source.tree()) if isinstance(node, _Function))


def _length(function: _Function) -> int:
    last = function.body[-1].end_lineno or function.lineno
    said = function.body[0]
    if ast.get_docstring(function, clean=False) is None or len(function.body) == 1:
        return last - function.lineno + 1
    return last - (said.end_lineno or said.lineno)


def long_functions(sources: Iterable[Source]) -> list[str]:
    """Functions too long to read at a glance; the docstring does not count."""
    return [
        f"{source.path}:{function.lineno} {function.name}: {_length(function)} lines, at most {FUNCTION_LINES}"
        for source in sources
        for function in _functions(source)
        if _length(function) > FUNCTION_LINES
    ]


def _depth(node: ast.AST) -> int:
    """How deep blocks stand in each other; an elif is no step deeper, an inner function starts anew."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function | ast.ClassDef | ast.Lambda):
            continue
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        step = int(isinstance(child, _BLOCKS) and not chained)
        deepest = max(deepest, step + _depth(child))
    return deepest


def deep_nesting(sources: Iterable[Source]) -> list[str]:
    """Functions whose blocks stand too deep in each other."""
    return [
        f"{source.path}:{function.lineno} {function.name}: nested {depth} deep, at most {NESTING}"
        for source in sources
        for function in _functions(source)
        if (depth := _depth(function)) > NESTING
    ]


def vague_names(sources: Iterable[Source]) -> list[str]:
    """Modules and folders whose name says nothing."""
    return [
        f"{source.path}: name it after what it does"
        for source in sources
        if VAGUE & {part.removesuffix(".py") for part in source.parts}
    ]


def without_duty(sources: Iterable[Source]) -> list[str]:
    """Modules that do not say in one sentence what they are for; a package file may be empty."""
    return [
        f"{source.path}: begin with a docstring of one sentence"
        for source in sources
        if source.text.strip() and not ast.get_docstring(source.tree())
    ]
