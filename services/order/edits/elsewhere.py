"""Has an order follow what is collected elsewhere, or shipped, instead: its tasks wait, move, or go on as they were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kit import access, outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Tx
from services.order.checkout.domain import Line, Method
from services.order.checkout.domain_delivery import STANDARD
from services.order.checkout.domain_freight import State as Fee
from services.order.edits import domain_places, store
from services.order.edits.domain_places import Move
from services.order.edits.domain_standing import Standing
from services.order.freight import store as freight
from services.order.freight.domain import BACK
from services.order.fulfilment import domain as fulfilment
from services.order.fulfilment import domain_cancelled, store_sourced, wire
from services.order.fulfilment import store as tasks
from services.order.fulfilment import usecases_deadlines as deadlines
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Reason, State
from services.order.fulfilment.domain_units import Run
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.usecases import ACCEPT_SLA, take
from services.order.pickups import proving
from services.order.pickups import store as pickups
from services.order.pickups.domain import ProxyState
from services.order.rerouting import store as rerouting


@dataclass(slots=True)
class Elsewhere:
    """Each in a transaction of its caller's, who has locked the order's saga and its tasks."""

    clock: Clock
    pins: Pins
    methods: dict[str, int]

    async def hold(self, tx: Tx, given: Standing, move: Move, request_id: str) -> None:
        """Nobody begins to work on it while inventory is asked."""
        waiting = domain_places.waiting(given.parts, move)
        await tasks.lock_heads(tx, [move.source])
        for part in waiting:
            await take(tx, part, fulfilment.hold(part, Reason.MOVING), self.clock(), request_id)

    async def go_on(self, tx: Tx, given: Standing, move: Move) -> None:
        """Where it was, unless the money for another part was refused meanwhile."""
        held = domain_places.held(given.parts, move)
        await tasks.lock_heads(tx, [move.source])
        for part in held:
            back = replace(fulfilment.release(part, Reason.MOVING), reason=Reason.MOVE_REFUSED)
            await self._release(tx, given, part, back)

    async def collect(self, tx: Tx, given: Standing, move: Move, decision_id: str) -> bool:
        """The other store's task; its decision is the change, by which inventory knows the promise too.

        False where nothing of it waits any more.
        """
        held = domain_places.held(given.parts, move)
        if not held:
            return False
        await tasks.lock_heads(tx, sorted({move.source, move.target}))
        runs = await self._leave(tx, given, move, held, decision_id)
        await rerouting.move_lines(tx, given.order.order_id, move.line_nos, move.method, move.target, "")
        opened = await self._open(tx, given, (move.method, move.target), runs, decision_id)
        whole = [part for part in held if all(one.line_no in move.line_nos for one in part.lines)]
        await self._carry(tx, whole, opened)
        await tasks.touch_order(tx, given.order.order_id)
        return True

    async def ship(self, tx: Tx, given: Standing, move: Move, request_id: str) -> None:
        """Before inventory may say from where: its word must find the lines shipped, and their units with nobody."""
        order = given.order
        await tasks.lock_heads(tx, [move.source])
        await self._leave(tx, given, move, domain_places.waiting(given.parts, move), request_id)
        await rerouting.move_lines(tx, order.order_id, move.line_nos, move.method, "", "")
        if order.delivery is None or not order.delivery.shipping_method:
            method = STANDARD if STANDARD in self.methods else min(self.methods)
            await store.set_shipping(tx, order.order_id, method, self.methods[method])
        if order.freight is not None and given.pays():
            await freight.carry(tx, order.order_id, {*order.freight.line_nos, *move.line_nos})
        await tasks.touch_order(tx, order.order_id)

    async def unship(self, tx: Tx, given: Standing, move: Move) -> bool:
        """Inventory would not: its store has it ready after all, and it is no more of what the order's fee is for.

        False where somebody sends it by now.
        """
        back, order = domain_places.given_back(given, move), given.order
        if back is None:
            return False
        await tasks.lock_heads(tx, [move.source])
        await rerouting.move_lines(tx, order.order_id, move.line_nos, Method.COLLECT, move.source, "")
        for decision_id, (ended, runs) in back.items():
            opened = await self._open(tx, given, (Method.COLLECT, move.source), runs, decision_id)
            await self._carry(tx, ended, opened)
        await self._uncarry(tx, given, move)
        await tasks.touch_order(tx, order.order_id)
        return True

    async def _uncarry(self, tx: Tx, given: Standing, move: Move) -> None:
        fee = given.order.freight
        if fee is None or not fee.stands or not set(fee.line_nos) & set(move.line_nos):
            return
        others = tuple(no for no in fee.line_nos if no not in move.line_nos)
        await freight.carry(tx, given.order.order_id, others)
        # what else it was for may have been given up while inventory was asked
        if fee.state is Fee.CHARGED:
            await timers.schedule(tx, BACK, given.order.order_id, self.clock())
        elif domain_cancelled.unsent(replace(given.order, freight=replace(fee, line_nos=others)), given.gone):
            await freight.release(tx, given.order.order_id)

    async def _leave(
        self, tx: Tx, given: Standing, move: Move, parts: Sequence[Fulfilment], request_id: str
    ) -> list[tuple[Line, Run]]:
        """Takes the lines from their store's tasks, which keep the others."""
        found = []
        for part in parts:
            mine = domain_cancelled.of(given.order, part)
            rest = [(line, run) for line, run in mine if line.line_no not in move.line_nos]
            found += [(line, run) for line, run in mine if line.line_no in move.line_nos]
            after = fulfilment.move(part, State.CANCELLED, Reason.EDITED)
            if rest:
                back = fulfilment.release(part, Reason.MOVING)
                after = replace(fulfilment.with_runs(given.order, back, rest), reason=Reason.EDITED)
                await tasks.shrink(tx, after)
            if rest and part.state is State.ON_HOLD:
                await self._release(tx, given, part, after)
            else:
                await take(tx, part, after, self.clock(), request_id)
        return found

    async def _release(self, tx: Tx, given: Standing, part: Fulfilment, after: Fulfilment) -> None:
        """Goes on, later by as long as it waited; or ends, where inventory said meanwhile that its store cannot."""
        now = self.clock()
        lost = await store_sourced.refused(tx, part.order_id, part.location_id, part.update_time)
        if lost is not None and any(one.line_no in lost.line_nos for one in after.lines):
            await take(tx, part, fulfilment.move(after, State.REJECTED, lost.reason), now)
            return
        stored = await take(tx, part, fulfilment.beside(given.parts, after), now)
        await deadlines.later(tx, stored, now - part.update_time)

    async def _carry(self, tx: Tx, parts: Sequence[Fulfilment], opened: str) -> None:
        """Whoever was named to collect these collects the other one."""
        for part in parts:
            named = await pickups.proxies(tx, part.fulfilment_id)
            await proving.carry(tx, self.pins, [one for one in named if one.state is ProxyState.ACTIVE], opened)

    async def _open(
        self, tx: Tx, given: Standing, place: tuple[Method, str], runs: Sequence[tuple[Line, Run]], decision_id: str
    ) -> str:
        now = self.clock()
        fresh = fulfilment.fresh(given.order, now, uuid7(), *place, runs, decision_id)
        same = [one.part_no for one in given.parts if _key(one) == _key(fresh)]
        fresh = replace(fresh, part_no=1 + max(same, default=-1))
        opened = fulfilment.beside(given.parts, fresh)
        await timers.schedule(tx, ACCEPT_SLA, opened.fulfilment_id, opened.accept_deadline)
        versions = await tasks.insert(tx, [(opened, access.current().actor)])
        await outbox.append(tx, wire.changed(fulfilment.numbered(opened, versions[opened.fulfilment_id])))
        return opened.fulfilment_id


def _key(given: Fulfilment) -> tuple[Method, str, str]:
    return given.method, given.location_id, given.decision_id
