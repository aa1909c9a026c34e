"""Forecasts and solvers are loaded by the planner alone, and the planner by nobody who serves."""

import subprocess
import sys
from collections.abc import Iterable

import pytest

from tests.house.tree import ROOT, Source, imports, planted, sources

pytestmark = pytest.mark.xdist_group("syntax")

PLANNER = "services.inventory.planner"
_HEAVY = {"numpy", "scipy", "pandas", "statsforecast", "statsmodels"}
_LOADED = f"""
import sys
import services.inventory.main
print(*sorted(name for name in sys.modules if name.split(".")[0] in {_HEAVY!r} or name.startswith({PLANNER!r})))
"""


def heavy_elsewhere(given: Iterable[Source]) -> list[str]:
    """Forecasting and solver libraries outside of the planner."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in given
        if not source.module.startswith(PLANNER)
        for line, name in imports(source)
        if name.split(".")[0] in _HEAVY
    ]


def planners_elsewhere(given: Iterable[Source]) -> list[str]:
    """The planner, imported by somebody else."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in given
        if not source.module.startswith(PLANNER)
        for line, name in imports(source)
        if f"{name}.".startswith(f"{PLANNER}.")
    ]


def test_nobody_else_forecasts() -> None:
    assert heavy_elsewhere(sources()) == []
    assert planners_elsewhere(sources()) == []


@pytest.mark.parametrize("text", ["import numpy as np", "from scipy.optimize import linprog", "import statsforecast"])
def test_a_planted_library_is_found(text: str) -> None:
    assert len(heavy_elsewhere(planted("services/inventory/planning/usecases.py", text))) == 1
    assert heavy_elsewhere(planted("services/inventory/planner/moves.py", text)) == []


def test_a_planted_planner_is_found() -> None:
    text = "from services.inventory.planner import moves"
    assert len(planners_elsewhere(planted("services/inventory/main.py", text))) == 1


def test_the_serving_process_loads_neither() -> None:
    """Seen from the inside: what an import brings along counts too."""
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}"}
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], env=path, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
