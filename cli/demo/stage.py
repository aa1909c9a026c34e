"""What a story needs to be played: the fleet's public doors, a clock that can be moved, and somebody to tell it to."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from cli.fleet.clock import Clock
from cli.stack.trouble import Trouble

T = TypeVar("T")
# an event whose taker stood still comes again only after half a minute
_PATIENCE = 60.0
_LOOK = 0.05


class StoryBroken(Trouble):
    """Something came out otherwise than the story says."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where outsiders reach the suite."""

    gateway_url: str
    store_door: str
    store_door_ca: bytes
    # of the simulator that stands for LINE and its like, where there is one
    messages_url: str = ""


@dataclass(slots=True)
class Stage:
    """One telling: its doors and props; `keeper` functions are what only the fleet's keeper can do."""

    doors: Doors
    # where a till keeps its journal and its credential, and headquarters its session
    folder: Path
    clock: Clock
    # (user id or nothing) -> one-time invite token and user id
    invite: Callable[[str], Awaitable[tuple[str, str]]]
    # everything that member has printed: the console sender's codes are among it
    member_log: Callable[[], str]
    # returns when no event and no timer is on its way
    settle: Callable[[], Awaitable[object]]
    # what does not add up
    prove: Callable[[], Awaitable[tuple[int, list[str]]]]
    say: Callable[[str], None]
    offset: timedelta = timedelta()
    steps: int = 0

    def step(self, who: str, what: str) -> None:
        """One line of the story."""
        self.steps += 1
        self.say(f"{self.steps:3}  {who:<9} {what}")

    def note(self, what: str) -> None:
        """Something to know about the step."""
        self.say(f"{'':15}{what}")

    async def look_at_clock(self) -> None:
        """Learns what time the fleet believes it is."""
        self.offset = await self.clock.offset()

    async def advance(self, step: timedelta) -> None:
        """Moves the whole fleet, and returns when everything that fell due is done."""
        await self.clock.advance(step)
        await self.look_at_clock()
        await self.settle()

    def seconds(self) -> float:
        """The business time as a till's clock shows it."""
        return time.time() + self.offset.total_seconds()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def expect(what: str, found: Any, wanted: Any) -> None:
    """Stops the story at the first thing that is not as it says."""
    if found != wanted:
        raise StoryBroken(
            f"{what}: the story says {wanted!r}, the suite says {found!r}", "read OMO_HOME/log, then `omoctl prove`"
        )


async def until(what: str, ask: Callable[[], Awaitable[T]], wanted: Callable[[T], bool]) -> T:
    """Asks again until the answer is as wanted: effects of events take a moment."""
    end = time.monotonic() + _PATIENCE
    while True:
        found = await ask()
        if wanted(found):
            return found
        if time.monotonic() > end:
            raise StoryBroken(
                f"{what} did not come within {_PATIENCE:.0f} s; the last answer was {found!r}", "read OMO_HOME/log"
            )
        await asyncio.sleep(_LOOK)


def dollars(amount: int) -> str:
    """NT$12,800."""
    return f"NT${amount:,}"
