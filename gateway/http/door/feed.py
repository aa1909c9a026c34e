"""Tells waiting requests that an order or a chat changed: one subscription for all, and none while nobody waits.

Core NATS, not JetStream: who missed an event reads the order again anyway.
While NATS is away nobody is told, and waiters look by themselves.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from gateway.http import problems
from kit import streams
from kit.errors import Code, Fault
from kit.nats_client import NatsError
from kit.telemetry import logs
from omo.member.v1 import conversation_events_pb2 as talk
from omo.order.v1 import order_events_pb2 as events

if TYPE_CHECKING:
    from nats.aio.client import Client

_RETRY = 2.0
# the next follower mostly comes before the last one's subscription ends
_LINGER = 5.0
_EVENTS: dict[str, Any] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        events.OrderConfirmed,
        events.OrderCancelled,
        events.OrderPaymentPending,
        events.FulfilmentChanged,
        events.UnitsHandedOver,
        talk.ConversationChanged,
    )
}

_log = logs.get(__name__)


class TooMany(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "RATE_LIMITED"


class Full(Fault):
    code = Code.RESOURCE_EXHAUSTED
    reason = "OVERLOADED"


class Feed:
    """The process's ear for orders; runs beside the server as one of its loops."""

    def __init__(self, url: str, name: str, seed: str = "", *, streams: int = 2_000, each: int = 5) -> None:
        self._url = url
        self._name = name
        self._seed = seed
        self._client: Client | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._somebody, self._nobody = asyncio.Event(), asyncio.Event()
        self._hearing = False
        self._stopping = asyncio.Event()
        # whether the process can do its work, for /healthz
        self.able = True
        self._streams = streams
        self._each = each
        self._open: Counter[str] = Counter()

    @property
    def connected(self) -> bool:
        """Whether changes are heard at this moment."""
        return self._client is not None and self._client.is_connected

    def ended(self) -> bool:
        """Whether streams must end now."""
        return self._stopping.is_set()

    def place(self, principal_id: str) -> ExitStack:
        """A place for one more stream, given back when it is closed; refused when there are too many."""
        if self._open[principal_id] >= self._each:
            raise TooMany("you follow too much at once", domain=problems.DOMAIN, limit=self._each, retry_after=10)
        if self._open.total() >= self._streams:
            raise Full("too many follow at once", domain=problems.DOMAIN, retry_after=10)
        self._open[principal_id] += 1
        place = ExitStack()
        place.callback(self._leave, principal_id)
        return place

    def _leave(self, principal_id: str) -> None:
        self._open[principal_id] -= 1
        if not self._open[principal_id]:
            del self._open[principal_id]

    @contextmanager
    def watch(self, subject: str) -> Iterator[asyncio.Event]:
        """An event that is set when it (an order, a member's chat) may have changed, when we listen, when we stop."""
        changed = asyncio.Event()
        if self._hearing:
            changed.set()
        self._waiting.setdefault(subject, set()).add(changed)
        self._somebody.set()
        try:
            yield changed
        finally:
            waiting = self._waiting[subject]
            waiting.discard(changed)
            if not waiting:
                del self._waiting[subject]
            if not self._waiting:
                self._nobody.set()

    async def run(self) -> None:
        """Listens until `stop`; connects when NATS can be reached, however late that is."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen()) if self._url else None
            await self._stopping.wait()
            if listening is not None:
                listening.cancel()
        if self._client is not None:
            await self._client.close()

    def stop(self) -> None:
        """Wakes everybody who waits, for the last time."""
        self._stopping.set()
        self._wake()

    async def _listen(self) -> None:
        client = await self._connect()
        while not self.ended():
            await self._somebody.wait()
            await self._hear(client)

    async def _hear(self, client: "Client") -> None:
        """Subscribed while anybody waits: every order of the brand would be told to us, also those nobody follows."""
        heard = [await client.subscribe(f"{subject}.*", cb=self._heard) for subject in _EVENTS]
        with suppress(NatsError, TimeoutError):  # away: the client subscribes again when it is back
            await streams.settle(client)
        self._hearing = True
        self._wake()  # what happened until now was told to nobody
        while self._waiting and not self.ended():
            self._nobody.clear()
            await self._nobody.wait()
            await asyncio.sleep(_LINGER)
        self._somebody.clear()
        self._hearing = False
        for one in heard:
            await one.unsubscribe()

    async def _connect(self) -> "Client":
        while self._client is None:
            try:
                self._client = await streams.connect(self._url, self._name, self._seed)
            except Exception as error:  # whatever the client raises while the server is away
                _log.warning("waiting", dependency="nats", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(_RETRY)
        return self._client

    def _wake(self) -> None:
        for waiting in self._waiting.values():
            for changed in waiting:
                changed.set()

    async def _heard(self, message: Any) -> None:
        kind = _EVENTS[message.subject.rpartition(".")[0]]
        for changed in self._waiting.get(_subject_of(kind.FromString(message.data)), ()):
            changed.set()


def _subject_of(event: Any) -> str:
    """What is waited for: an order, or the member whose chat it is."""
    if isinstance(event, events.FulfilmentChanged):
        found: str = event.fulfilment.order_id
    elif isinstance(event, talk.ConversationChanged):
        found = event.conversation.member_id
    else:
        found = event.meta.aggregate_id
    return found
