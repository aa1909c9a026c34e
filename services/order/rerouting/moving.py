"""Has an order follow what its shopper chose: another store's task, a line that is shipped now, or units that end."""

from collections.abc import Sequence

from kit import access, outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout import store_reads as orders
from services.order.checkout import store_saga
from services.order.checkout.domain import Line, Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain as tasks
from services.order.fulfilment import store as fulfilments
from services.order.fulfilment import store_cancelled
from services.order.fulfilment import wire as task_wire
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_units import Run
from services.order.fulfilment.usecases import ACCEPT_SLA
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.rerouting import domain, store
from services.order.rerouting.domain import Choice, Move, Option, State

REASON = "PICKUP_REJECTED"


class Moving:
    """Locks as every change of an order does: its saga, its parts, the heads of their places."""

    def __init__(self, clock: Clock, undelivered: Undelivered) -> None:
        self._clock = clock
        self._undelivered = undelivered

    async def settle(self, tx: Tx, given: Choice) -> bool:
        """Once; False if somebody else did, or the choice was taken back."""
        await store_saga.lock(tx, given.order_id)
        held = await store.find(tx, given.choice_id, lock=True)
        if held is None or held.state is not State.MOVING or held.chosen is not given.chosen:
            return False
        (order,) = await orders.orders(tx, [given.order_id])
        if order.state is OrderState.CONFIRMED:
            parts = await fulfilments.lock_of_order(tx, given.order_id)
            gone = await store_cancelled.of_order(tx, given.order_id)
            await self._move(tx, order, held, parts, domain.lacking(order, held, parts, gone))
        await store.put(tx, domain.settled(held, self._clock()), access.current().actor)
        return True

    async def ship(self, tx: Tx, given: Choice, move: Move) -> None:
        """Says that lines are shipped, before inventory may say from where: its word must find them so."""
        await store_saga.lock(tx, given.order_id)
        held = await store.find(tx, given.choice_id, lock=True)
        if held is not None and held.state is State.MOVING:
            await store.move_lines(tx, given.order_id, move.line_nos, move.method, "", given.contact_id)

    async def _move(
        self, tx: Tx, order: Order, given: Choice, parts: Sequence[Fulfilment], runs: Sequence[tuple[Line, Run]]
    ) -> None:
        if given.chosen is Option.CANCEL:
            await self._undelivered.give_up(tx, order, runs, REASON)
            return
        for move in domain.moves(given):
            own = [(line, run) for line, run in runs if line.line_no in move.line_nos]
            await store.move_lines(tx, order.order_id, move.line_nos, move.method, move.target, given.contact_id)
            if move.target and own:
                await self._open(tx, order, given, parts, move, own)

    async def _open(
        self, tx: Tx, order: Order, given: Choice, parts: Sequence[Fulfilment], move: Move,
        runs: Sequence[tuple[Line, Run]],
    ) -> None:  # fmt: skip
        """The other store's task; its decision is the shopper's, by which inventory knows the promise too."""
        now, decision = self._clock(), f"{given.choice_id}:{move.target}"
        fresh = tasks.fresh(order, now, uuid7(), move.method, move.target, runs, decision)
        opened = tasks.beside(parts, fresh)
        await timers.schedule(tx, ACCEPT_SLA, opened.fulfilment_id, opened.accept_deadline)
        versions = await fulfilments.insert(tx, [(opened, access.current().actor)])
        await outbox.append(tx, task_wire.changed(tasks.numbered(opened, versions[opened.fulfilment_id])))
