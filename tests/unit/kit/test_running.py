"""A process ends in the order in which its parts cause work for each other."""

import asyncio
import gc
from dataclasses import dataclass, field
from typing import Any, cast

from kit.process.running import Running


@dataclass
class Part:
    """A front, a loop or a relay that notes when it is told to end."""

    name: str
    noted: list[str]
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> str:
        return "here"

    async def ready(self, able: bool) -> None:
        """Not of interest."""

    async def run(self) -> None:
        await self.ending.wait()
        self.noted.append(self.name)


class Front(Part):
    async def stop(self) -> None:
        self.noted.append(self.name)


class Loop(Part):
    def stop(self) -> None:
        self.ending.set()


class Outlet(Part):
    async def drain(self) -> None:
        self.ending.set()


async def test_what_calls_left_running_ends_before_the_last_events_go_out() -> None:
    noted: list[str] = []
    running = Running()
    running.fronts.append(Front("calls", noted))
    running.loops.append(Loop("reactions", noted))
    running.relay = cast(Any, Outlet("events", noted))

    async def left_running() -> None:
        noted.append("left running")

    running.cleanups.append(left_running)
    await running.run(None, lambda _: running.stop())
    assert noted == ["calls", "reactions", "left running", "events"]


async def test_what_is_loaded_at_the_start_is_not_collected_again() -> None:
    running, watched = Running(), {"kept": ["loaded before"]}
    running.fronts.append(Front("calls", []))
    await running.run(None, lambda _: running.stop())
    assert not any(one is watched for one in gc.get_objects())
