"""The batcher answers each item with its own result, in as few runs as the load allows."""

import asyncio
from collections.abc import Sequence

import pytest

from kit import access
from kit.batcher import Batcher, QueueFull
from kit.errors import Code, Fault


class Gate:
    """A run that doubles its items once it is let through."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def run(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(items))
        await self.open.wait()
        return [ValueError(item) if item < 0 else item * 2 for item in items]


async def test_the_first_item_does_not_wait_and_the_rest_go_together() -> None:
    gate = Gate()
    batcher = Batcher(gate.run)
    tasks = [asyncio.create_task(batcher.submit(0))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert gate.batches == [[0]]
    tasks += [asyncio.create_task(batcher.submit(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    gate.open.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert gate.batches == [[0], [1, 2, 3, 4, 5]]


async def test_a_batch_has_a_limit_and_the_queue_too() -> None:
    gate = Gate()
    batcher = Batcher(gate.run, limit=3, queue=5)
    first = asyncio.create_task(batcher.submit(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(batcher.submit(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull) as refused:
        await batcher.submit(99)
    assert (refused.value.code, refused.value.reason) == (Code.RESOURCE_EXHAUSTED, "OVERLOADED")
    gate.open.set()
    assert await asyncio.gather(first, *tasks) == [0, 2, 4, 6, 8, 10]
    assert [len(batch) for batch in gate.batches] == [1, 3, 2]


async def test_an_items_own_exception_is_its_alone() -> None:
    gate = Gate()
    gate.open.set()
    batcher = Batcher(gate.run)
    answers = await asyncio.gather(*(batcher.submit(number) for number in (1, -2, 3)), return_exceptions=True)
    assert answers[0] == 2
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 6


async def test_with_the_database_away_nobody_waits_for_a_second_try() -> None:
    calls: list[int] = []

    async def run(batch: Sequence[int]) -> Sequence[int]:
        calls.append(len(batch))
        raise Fault("away", code=Code.UNAVAILABLE)

    batcher = Batcher(run)
    answers = await asyncio.gather(*(batcher.submit(item) for item in range(10)), return_exceptions=True)
    assert all(isinstance(answer, Fault) for answer in answers)
    assert sum(calls) == 10


async def test_a_caller_that_gave_up_in_the_queue_is_left_out() -> None:
    gate = Gate()
    batcher = Batcher(gate.run)
    first = asyncio.create_task(batcher.submit(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second, third = asyncio.create_task(batcher.submit(2)), asyncio.create_task(batcher.submit(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    assert list(await asyncio.gather(first, third)) == [2, 6]
    assert gate.batches == [[1], [3]]


async def test_a_caller_that_gives_up_meanwhile_does_not_stop_the_work() -> None:
    gate = Gate()
    batcher = Batcher(gate.run)
    first = asyncio.create_task(batcher.submit(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    gate.open.set()
    assert await batcher.submit(2) == 4
    await batcher.drain()


async def test_the_work_is_done_in_nobodys_name() -> None:
    names: list[str] = []

    async def run(batch: Sequence[int]) -> Sequence[int]:
        names.append(access.current().id)
        return batch

    batcher = Batcher(run)
    with access.acting_as(access.Principal(access.Kind.MEMBER, "m-1")):
        await batcher.submit(1)
    assert names == [""]


async def test_a_run_that_answers_too_little_fails_loudly() -> None:
    async def run(_: Sequence[int]) -> Sequence[int]:
        return []

    with pytest.raises(RuntimeError, match="1 items, but 0 results"):
        await Batcher(run).submit(1)
