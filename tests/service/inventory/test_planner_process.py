"""The planner as its own process: started, bounded, done once, and clear about what is wrong."""

import os
import subprocess
import sys
from typing import Any

import pytest

from kit.settings import EXIT_CONFIG
from services.inventory.planner import bounds
from tests.harness.databases import Databases
from tests.house.tree import ROOT


def _run(dsn: str, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'gen'}",
        "OPENBLAS_NUM_THREADS": "1",
        "OMO_ENV": "test",
        "OMO_POSTGRES_DSN": dsn,
        **{f"OMO_{key}": value for key, value in told.items()},
    }
    command = [sys.executable, "-m", "services.inventory.planner"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


async def test_a_run_from_the_outside(databases: Databases) -> None:
    where = await databases.address("inventory")
    first = _run(where.dsn, RUN_ID="monday")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("run monday: 0 goods at 0 places, 0 forecasts, 0 suggestions")
    again = _run(where.dsn, RUN_ID="monday")
    assert (again.returncode, again.stdout) == (0, "run monday is done already\n")


def test_a_database_that_is_away_is_said_in_one_line() -> None:
    done = _run("postgresql://omo_inventory:x@127.0.0.1:1/omo_inventory")
    assert done.returncode == 75
    assert done.stderr.startswith("planner: the database did not do its part")
    assert done.stderr.count("\n") == 1


def test_an_unknown_setting_is_refused() -> None:
    done = _run("", MEMROY_MB="900")
    assert done.returncode == EXIT_CONFIG
    assert "did you mean OMO_MEMORY_MB?" in done.stderr


_GREEDY = """
from services.inventory.planner import bounds
bounds.limit(256)
try:
    held = bytearray(400 * 2**20)
except MemoryError:
    print("no more")
"""


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS keeps no such limit")
def test_the_process_bounds_its_own_memory() -> None:
    done: Any = subprocess.run(
        [sys.executable, "-c", _GREEDY], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "no more\n"
    assert bounds.peak() > 2**20
