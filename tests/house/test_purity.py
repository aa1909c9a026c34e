"""Unit tests stay pure, no test changes what another meets, and the rules bite."""

import textwrap
from collections.abc import Callable, Iterable

import pytest

from tests.house import purity
from tests.house.tree import Source, planted, sources

pytestmark = pytest.mark.xdist_group("syntax")

Rule = Callable[[Iterable[Source]], list[str]]
RULES: list[Rule] = [purity.heavy_imports, purity.heavy_calls, purity.served_fixtures, purity.patches_at_import]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_unit_tests_keep_the_rule(rule: Rule) -> None:
    assert not (found := rule(sources(("tests",)))), "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (purity.heavy_imports, "import subprocess"),
        (purity.heavy_imports, "from hypothesis import strategies as st"),
        (purity.heavy_imports, "from tests.harness.fleet import TestFleet"),
        (purity.heavy_imports, "from cli.stack import child"),
        (purity.heavy_calls, "async def test_a():\n    await asyncpg.connect('x')"),
        (purity.heavy_calls, "def test_a():\n    server = grpc.aio.server()"),
        (purity.heavy_calls, "async def test_a():\n    await asyncio.sleep(0.1)"),
        (purity.served_fixtures, "async def test_a(databases):\n    pass"),
    ],
)
def test_a_planted_violation_is_found(rule: Rule, text: str) -> None:
    assert len(rule(planted("tests/unit/order/test_a.py", text))) == 1
    assert rule(planted("tests/service/order/test_a.py", text)) == []


def test_a_yield_to_the_loop_is_no_wait() -> None:
    assert (
        purity.heavy_calls(planted("tests/unit/kit/test_a.py", "async def test_a():\n    await asyncio.sleep(0)")) == []
    )


@pytest.mark.parametrize("text", ["Saga.refuse = late", "for name in NAMES:\n    setattr(leases, name, late)"])
def test_a_patch_at_import_is_found(text: str) -> None:
    assert len(purity.patches_at_import(planted("tests/faults/bent/stalls.py", text))) == 1
    late = f"def bend():\n{textwrap.indent(text, '    ')}\n\nif __name__ == '__main__':\n    bend()"
    assert purity.patches_at_import(planted("tests/faults/bent/stalls.py", late)) == []
