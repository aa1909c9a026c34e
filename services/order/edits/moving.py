"""Changes that have lines collected elsewhere, or shipped: inventory moves its promise, then the order follows."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kit import access, faultpoints, timers
from kit.access import Actor, Kind
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.leases import LEASE, Due, again, finish
from kit.postgres import Database, Tx
from omo.inventory.v1 import sourcing_service_pb2 as sourcing_pb
from services.order.checkout.domain import TransitionRefused
from services.order.checkout.domain_saga import Cause
from services.order.edits import store
from services.order.edits.applying import Applying
from services.order.edits.domain import Plan
from services.order.edits.domain_places import Move
from services.order.edits.domain_record import Edit
from services.order.edits.domain_refusals import NOWHERE, EditTooLate, Failure
from services.order.edits.domain_standing import Standing
from services.order.edits.elsewhere import Elsewhere
from services.order.fulfilment import pursuing

if TYPE_CHECKING:
    from omo.inventory.v1.sourcing_service_pb2_grpc import SourcingServiceAsyncStub

KIND = "order.edit.move"
MOVING = "MOVING"
_SECONDS = 2.0
# soon again at first; while inventory is away for longer, every few minutes: no person can do anything here
_SOON = 7
_LATER = timedelta(minutes=3)
# so many places inventory lists: of one that is missing among them nobody knows
_LISTED = 20

faultpoints.register("edits.after_hold", "edits.after_move", "edits.after_moved")


class MovingSaga:
    """Written first; from then on it is carried out by whoever lives, until inventory says yes or no."""

    def __init__(
        self, db: Database, clock: Clock, inventory: "SourcingServiceAsyncStub", applying: Applying,
        elsewhere: Elsewhere,
    ) -> None:  # fmt: skip
        self._db = db
        self._clock = clock
        self._inventory = inventory
        self._applying = applying
        self._elsewhere = elsewhere

    async def look(self, given: Standing, plan: Plan) -> None:
        """Adds to a plan that inventory, as it stands, would say no; nothing is held by asking."""
        if plan.move is None or plan.failures:
            return
        move = plan.move
        asked = sourcing_pb.ListPickupPlacesRequest(
            order_id=given.order.order_id, location_id=move.source, line_nos=move.line_nos
        )
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                found = await self._inventory.ListPickupPlaces(asked, timeout=_SECONDS)
        except Fault as fault:
            raise (_yet() if fault.code in pursuing.AWAY else fault) from fault
        if not _possible(found, move):
            where = f"at {move.target}" if move.target else "with those who ship"
            plan.failures.append(Failure(0, NOWHERE, f"not all of it is to be had {where}"))

    async def begin(self, tx: Tx, given: Standing, edit: Edit) -> None:
        """Whoever dies now is followed by the timer."""
        assert edit.move is not None, "only asked where there is one"
        if edit.move.target:
            await self._elsewhere.hold(tx, given, edit.move, edit.edit_id)
        else:
            await self._elsewhere.ship(tx, given, edit.move, edit.edit_id)
        await timers.schedule(tx, KIND, edit.edit_id, self._clock(), lease=LEASE)

    async def run(self, edit: Edit) -> Edit:
        """Carries it out; where inventory is away, it stays MOVING and the timer pursues it."""
        faultpoints.hit("edits.after_hold")
        try:
            ended = await self._carry_out(edit)
        except Fault as fault:
            if fault.code in pursuing.AWAY:
                return edit
            raise
        async with self._db.transaction() as tx:
            await timers.cancel(tx, KIND, edit.edit_id)
        return ended

    async def resume(self, due: Due) -> None:
        """Carries out what a crash left, or inventory did not answer; while it is away, for as long as that lasts."""
        async with self._db.read() as tx:
            edit = await store.find(tx, due.key)
        if edit is not None and edit.state == MOVING:
            actor = Actor(Kind(edit.actor_kind), edit.actor_id, edit.actor_terminal_id)
            try:
                with access.acting_as(access.service("order", actor)):
                    await self._carry_out(edit)
            except Fault as fault:
                if fault.code not in pursuing.AWAY or due.attempt < _SOON:
                    raise
                async with self._db.transaction() as tx:
                    await again(tx, due, self._clock() + _LATER)
                return
        async with self._db.transaction() as tx:
            await finish(tx, due)

    async def _carry_out(self, edit: Edit) -> Edit:
        assert edit.move is not None, "only such changes are moving"
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                await self._inventory.MovePickup(_asked(edit, edit.move), timeout=_SECONDS)
        except Fault as fault:
            if fault.code in pursuing.AWAY:
                raise
            return await self._end(edit, fault)
        faultpoints.hit("edits.after_move")
        ended = await self._end(edit)
        faultpoints.hit("edits.after_moved")
        return ended

    async def _end(self, edit: Edit, no: Fault | None = None) -> Edit:
        """Once; the tasks follow inventory's answer, unless the order ended while it was asked."""
        async with self._db.transaction() as tx:
            known = await store.lock(tx, edit.edit_id)
            if known is None or known.state != MOVING or known.move is None:
                return known or edit
            try:
                given = await self._applying.standing(tx, known.order_id, lock=True)
                why = await self._follow(tx, given, known, known.move, no)
            except TransitionRefused as over:
                why = no or over
            ended = replace(known, state="REFUSED", cause=Cause.of(why)) if why else replace(known, state="APPLIED")
            await store.move(tx, ended)
        return ended

    async def _follow(self, tx: Tx, given: Standing, edit: Edit, move: Move, no: Fault | None) -> Fault | None:
        if no is not None:
            if move.target:
                await self._elsewhere.go_on(tx, given, move)
                return no
            return no if await self._elsewhere.unship(tx, given, move) else None
        if not move.target or await self._elsewhere.collect(tx, given, move, _key(edit)):
            return None
        return EditTooLate("it was given up meanwhile", order_id=edit.order_id)


def _key(edit: Edit) -> str:
    return f"{edit.edit_id}:move"


def _asked(edit: Edit, move: Move) -> sourcing_pb.MovePickupRequest:
    return sourcing_pb.MovePickupRequest(
        request_id=_key(edit),
        order_id=edit.order_id,
        from_location_id=move.source,
        line_nos=move.line_nos,
        to_location_id=move.target,
    )


def _possible(found: sourcing_pb.ListPickupPlacesResponse, move: Move) -> bool:
    if not move.target:
        return found.can_ship
    there = {one.location_id: set(one.line_nos) for one in found.places}
    if move.target not in there:
        return len(found.places) >= _LISTED
    return set(move.line_nos) <= there[move.target]


def _yet() -> Fault:
    return Fault("inventory does not answer: ask again", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
