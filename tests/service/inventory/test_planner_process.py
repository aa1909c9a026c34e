"""The planner as its own process: started, bounded, done once, and clear about what is wrong."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest

from kit.settings import EXIT_CONFIG
from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from services.inventory.planner import bounds
from services.inventory.planner.settings import Settings
from tests.harness.databases import Databases, address
from tests.house.tree import ROOT
from tests.service.inventory.conftest import Inventory
from tests.service.inventory.plans import COAT, COST, PRICE, M, ask, policy, suggestions, surplus

__all__ = ["surplus"]

_OUTCOME = re.compile(
    r"run tuesday: 9 goods at 4 places, (?P<forecasts>\d+) forecasts, (?P<suggestions>\d+) suggestions, "
    r"\d+\.\d s, (?P<mib>\d+) MiB\n"
)


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


async def test_a_run_over_goods_keeps_to_its_memory_and_writes_what_it_says(
    surplus: Inventory, databases: Databases
) -> None:
    """The real process, bounded as it is by default: its libraries, its statements and its arithmetic fit in."""
    await policy(surplus)
    done = _run(address(databases.servers, "inventory", databases.made[-1]).dsn, RUN_ID="tuesday")
    assert (done.returncode, done.stderr) == (0, "")
    said = _OUTCOME.fullmatch(done.stdout)
    assert said, done.stdout
    (run,) = (await ask(surplus, "ListPlanningRuns", rpc.ListPlanningRunsRequest())).runs
    assert (run.run_id, run.state, run.error) == ("tuesday", pb.PLANNING_RUN_STATE_DONE, "")
    assert (run.skus, run.locations, run.policy_version) == (9, 4, 1)
    assert (run.forecasts, run.suggestions) == (int(said["forecasts"]), int(said["suggestions"]))
    assert run.peak_memory_bytes // 2**20 == int(said["mib"]) < Settings.model_fields["memory_mb"].default
    forecasts = (await ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(page_size=100))).forecasts
    assert len(forecasts) == run.forecasts
    weekly = {one.location_id: one.weekly_thousandths for one in forecasts if one.sku == M}
    assert weekly["TPE01"] == pytest.approx(5_000, rel=0.25)
    (gap, *_) = (await ask(surplus, "ListSizeGaps", rpc.ListSizeGapsRequest())).gaps
    assert (gap.product_id, gap.location_id, list(gap.missing_skus)) == (COAT, "TPE01", [f"{COAT}-L", M])
    found = await suggestions(surplus)
    assert [one.rank for one in found] == list(range(1, run.suggestions + 1))
    best = found[0]
    assert (best.sku, best.from_location_id, best.to_location_id, best.run_id) == (M, "TPE02", "TPE01", "tuesday")
    assert best.expected_margin == pytest.approx(best.expected_thousandths / 1000 * (PRICE / 1.05 - COST), rel=0.02)


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
