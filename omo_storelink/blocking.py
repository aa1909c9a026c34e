"""The till for programs without an event loop: it keeps one in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from omo.storefacts.v1 import facts_pb2
from omo_storelink.baskets import Pricer
from omo_storelink.facts import Fact
from omo_storelink.till import Till

R = TypeVar("R")


class BlockingTill:
    """`with BlockingTill(lambda: Till(folder, door)) as till:` and then plain calls, from any thread."""

    def __init__(self, make: Callable[[], Till]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="omo-till", daemon=True)
        self.till = make()

    def record(self, fact: Fact) -> int:
        """Returns when the fact is on disk."""
        return self.till.record_now(fact)

    def sell(self, sale: facts_pb2.SaleFact) -> facts_pb2.SaleFact:
        """Returns the sale with its receipt number when it is on disk."""
        return self.till.sell_now(sale)

    def pricer(self, channel_id: str, currency: str) -> Pricer:
        """Prices without a line."""
        return self.till.pricer(channel_id, currency)

    def synced(self, timeout: float) -> None:
        """Returns when the server has everything; raises TimeoutError."""
        self.wait(self.till.synced(timeout))

    def wait(self, asked: Coroutine[Any, Any, R]) -> R:
        """The result of anything else, such as `till.wait(till.till.questions.find_member(card))`."""
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait(self.till.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wait(self.till.__aexit__(kind, error, trace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
