"""Looks follow each other while they find something, live through a lost database, and end when they are told to."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from kit.postgres import LOST
from kit.rounds import Rounds

RAISED = [*LOST, asyncpg.PostgresError, TimeoutError]


class Looks:
    """Answers what it was given, in order, and has the rounds stopped when nothing is left."""

    def __init__(self, answers: Sequence[object], pause: float = 0.01) -> None:
        self.pause = pause
        self.left = [*answers]
        self.rounds = Rounds(self)

    async def look(self) -> object:
        answer = self.left.pop(0)
        if not self.left:
            self.rounds.stop()
        if isinstance(answer, type):
            raise answer("the connection is gone")
        return answer

    async def play(self) -> None:
        async with asyncio.timeout(10):
            await self.rounds.run()


@pytest.mark.parametrize("error", RAISED, ids=lambda error: error.__name__)
async def test_it_looks_again_after_the_database_was_lost(error: type[BaseException]) -> None:
    looks = Looks([error, 1, 0])
    await looks.play()
    assert looks.left == []


async def test_what_finds_something_does_not_pause() -> None:
    looks = Looks([1, True, 7, 0], pause=3600)
    await looks.play()
    assert looks.left == []


async def test_a_stop_does_not_wait_for_the_pause() -> None:
    looks = Looks([0, 0], pause=3600)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(looks.rounds.run())
        await asyncio.sleep(0)
        looks.rounds.stop()
    assert looks.left == [0]


async def test_a_fault_of_ours_is_not_taken_for_a_lost_database() -> None:
    with pytest.raises(ZeroDivisionError):
        await Looks([ZeroDivisionError, 0]).play()
