"""Groups concurrent calls into one: group commit without a timer."""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from kit.errors import Code, Fault
from kit.postgres import is_away
from kit.telemetry import metrics

T = TypeVar("T")
R = TypeVar("R")


class QueueFull(Fault):
    """More work is waiting than could be done in time."""

    code = Code.RESOURCE_EXHAUSTED
    reason = "OVERLOADED"


class Batcher(Generic[T, R]):
    """Hands items to `run` at once when it is idle; while it works, the next batch collects.

    So an item never waits for company, and under load the batches grow by
    themselves. `run` answers one result, or one exception, per item. A batch
    that fails as a whole is tried again item by item, so that one bad item
    does not fail its neighbours; where the database is away, all fail at once.

    `run` works in the name of whoever made the batcher and under nobody's
    deadline: what it must know of a caller belongs in the item.
    """

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        limit: int = 128,
        queue: int = 2048,
        *,
        name: str = "batcher",
    ) -> None:
        self._run = run
        self._limit = limit
        self._queue = queue
        self._waiting: deque[tuple[T, asyncio.Future[R], float]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._context = contextvars.copy_context()
        self._size = metrics.BATCH_SIZE.labels(name)
        self._wait = metrics.BATCH_WAIT_SECONDS.labels(name)

    async def submit(self, item: T) -> R:
        """The item's result; raises its exception. A caller that stops waiting does not stop the work."""
        if len(self._waiting) >= self._queue:
            raise QueueFull("too much at once")
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future, time.perf_counter()))
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work(), context=self._context.copy())
        return await future

    async def drain(self) -> None:
        """Waits until nothing is in hand."""
        while self._worker is not None:
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = self._next()
                if batch:
                    await self._flush(batch)
        finally:
            self._worker = None

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        """The next batch; whoever gave up before it began is left out."""
        batch: list[tuple[T, asyncio.Future[R]]] = []
        now = time.perf_counter()
        while self._waiting and len(batch) < self._limit:
            item, future, since = self._waiting.popleft()
            if not future.done():
                self._wait.observe(now - since)
                batch.append((item, future))
        return batch

    async def _flush(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        self._size.observe(len(batch))
        try:
            results = await self._results([item for item, _ in batch])
        except Exception as error:
            # with the database away, each item alone would only wait as long and fail the same way
            if len(batch) > 1 and not is_away(error):
                for one in batch:
                    await self._flush([one])
                return
            results = [error] * len(batch)
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            _settle(future, result)

    async def _results(self, items: list[T]) -> Sequence[R | Exception]:
        results = await self._run(items)
        if len(results) != len(items):
            raise RuntimeError(f"{len(items)} items, but {len(results)} results")
        return results


def _settle(future: "asyncio.Future[R]", result: R | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
