"""The README's code is code, and names what exists."""

import ast
import re
from pathlib import Path

import omo_storelink

README = Path(omo_storelink.__file__).parent / "README.md"


def test_the_examples_compile_and_import_what_exists() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        tree = compile(block, "README", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "omo_storelink":
                assert {alias.name for alias in node.names} <= set(omo_storelink.__all__)


def test_everything_public_is_there() -> None:
    assert all(hasattr(omo_storelink, name) for name in omo_storelink.__all__)
