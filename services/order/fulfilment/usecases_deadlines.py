"""What happens when nobody did: a task not accepted in time, goods not collected in time."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta

from kit import access, timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.order.fulfilment import domain, store
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.usecases import ACCEPT_SLA, READY_SLA, take

# what follows when a pickup's time is over
Expired = Callable[[Tx, Fulfilment], Awaitable[None]]


async def later(tx: Tx, given: Fulfilment, waited: timedelta) -> None:
    """Puts off the deadlines of a task that goes on: the time that it waited is not its place's."""
    if given.state is State.PLACED:
        await timers.schedule(tx, ACCEPT_SLA, given.fulfilment_id, given.accept_deadline + waited)
    elif given.ready_deadline and given.state in (State.ACCEPTED, State.PICKING):
        await timers.schedule(tx, READY_SLA, given.fulfilment_id, given.ready_deadline + waited)


class Deadlines:
    """Handlers of timers: each in the transaction that ends the timer, so each deadline passes once."""

    def __init__(self, clock: Clock, expired: Expired | None = None) -> None:
        self._clock = clock
        self._expired = expired

    async def accept_missed(self, tx: Tx, due: Due) -> None:
        """Marks a task that no store accepted in time, and announces it: somebody must call them."""
        held = await store.lock(tx, due.key)
        if held is None or held.state is not State.PLACED or held.late:
            return
        with access.acting_as(access.service("order")):
            await take(tx, held, replace(held, late=True, reason=Reason.ACCEPT_LATE), self._clock())

    async def ready_missed(self, tx: Tx, due: Due) -> None:
        """Announces a task that its store took and has not picked in time."""
        await self._late(tx, due, (State.ACCEPTED, State.PICKING), Reason.READY_LATE)

    async def ship_missed(self, tx: Tx, due: Due) -> None:
        """Announces parcels that no carrier came for in time."""
        await self._late(tx, due, (State.PACKED,), Reason.SHIP_LATE)

    async def _late(self, tx: Tx, due: Due, states: Collection[State], reason: Reason) -> None:
        held = await store.lock(tx, due.key)
        if held is None or held.state not in states or (held.late and held.reason == reason):
            return
        with access.acting_as(access.service("order")):
            await take(tx, held, replace(held, late=True, reason=reason), self._clock())

    async def pickup_missed(self, tx: Tx, due: Due) -> None:
        """Takes back the PIN of goods that nobody collected; READY again gives the shopper a new one."""
        held, now = await store.lock(tx, due.key), self._clock()
        if held is None or held.state is not State.READY or held.pickup_deadline is None or held.pickup_deadline > now:
            return
        expired = replace(domain.move(held, State.EXPIRED, Reason.NOT_COLLECTED), pin_hash=None, pin_sealed=None)
        with access.acting_as(access.service("order")):
            ended = await take(tx, held, expired, now)
            if self._expired:
                await self._expired(tx, ended)
