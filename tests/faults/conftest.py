"""The worlds that fault tests harm: one for all of a worker's tests, healed before each, replaced after a failure."""

import shutil
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.depth import SOAK, first_of_many
from tests.faults.world import World
from tests.harness import fleet as fleets
from tests.harness import run

_LOGS = Path(".soak/logs")


@dataclass(slots=True)
class _Stage:
    """The world that runs, if one does, and whether the last test left it whole."""

    folder: Path
    world: World | None = None
    worlds: int = 0
    spoilt: bool = False

    async def ready(self) -> World:
        if self.world is not None and self.spoilt:
            await self.clear()
        if self.world is None:
            self.worlds += 1
            name = f"world-{self.worlds}"
            folder = self.folder / name
            folder.mkdir()
            self.world = await self._opened(name, folder)
        self.spoilt = False
        await self.world.heal()
        return self.world

    async def clear(self) -> None:
        world, self.world = self.world, None
        if world is None:
            return
        if self.spoilt:
            self._keep_logs()
        await world.close()

    async def _opened(self, name: str, folder: Path) -> World:
        try:
            fleet = await fleets.dedicated(name)
        except BaseException:
            self._keep_logs()
            raise
        try:
            return await World.open(fleet, folder)
        except BaseException:
            self._keep_logs()
            await fleet.close()  # else every test that fails for the same reason would leave one behind
            raise

    def _keep_logs(self) -> None:
        """Nobody can ask for that failure again."""
        if SOAK:
            logs = fleets.home(f"world-{self.worlds}").log("order").parent
            shutil.copytree(logs, _LOGS / f"{run.worker()}-{self.worlds}", dirs_exist_ok=True)


_stage: dict[str, _Stage] = {}


@pytest_asyncio.fixture(scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[_Stage]:
    _stage["one"] = _Stage(tmp_path_factory.mktemp("worlds"))
    yield _stage["one"]
    await _stage["one"].clear()


@pytest_asyncio.fixture
async def world(request: pytest.FixtureRequest, stage: _Stage) -> World:
    """A whole fleet with a brand, twelve shoppers and a history of its own; it may be harmed."""
    world = await stage.ready()
    world.patient = first_of_many(request)
    return world


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A world in which a test failed may carry its drift into the next: that one gets another world."""
    report = yield
    if report.failed and "one" in _stage:
        _stage["one"].spoilt = True
    return report
