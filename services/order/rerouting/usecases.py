"""A shopper's answer where his store cannot: taken once, carried out there and here, whatever crashes between."""

from typing import TYPE_CHECKING

from kit import access, faultpoints, requests, timers
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.leases import LEASE
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due
from omo.inventory.v1 import sourcing_service_pb2 as sourcing_pb
from omo.order.v1 import rerouting_service_pb2 as pb
from services.order.checkout import store_reads as orders
from services.order.checkout.contacts import ContactIds
from services.order.checkout.domain import TransitionRefused
from services.order.fulfilment import pursuing, store_cancelled, wire_sourced
from services.order.fulfilment import store_reads as fulfilments
from services.order.guests import domain as guests
from services.order.rerouting import domain, store, wire
from services.order.rerouting.asking import DEADLINE
from services.order.rerouting.domain import Choice, LinkInvalid, State, Wish
from services.order.rerouting.links import Links
from services.order.rerouting.moving import Moving

if TYPE_CHECKING:
    from omo.inventory.v1.sourcing_service_pb2_grpc import SourcingServiceAsyncStub

MOVE = "rerouting.move"
_SECONDS = 2.0

faultpoints.register("rerouting.after_choice", "rerouting.after_move", "rerouting.after_settled")


class Rerouting:
    """The choice is written first; from then on it is carried out by whoever lives, and nobody can choose otherwise."""

    def __init__(
        self, db: Database, clock: Clock, links: Links, inventory: "SourcingServiceAsyncStub", moving: Moving,
        contacts: ContactIds,
    ) -> None:  # fmt: skip
        self._db = db
        self._clock = clock
        self._links = links
        self._inventory = inventory
        self._moving = moving
        self._contacts = contacts

    async def show(self, token: str, order_id: str) -> pb.GetPickupChoiceResponse:
        """What can be chosen now; the token only to those who may hand it on."""
        async with self._db.read() as tx:
            given = await self._by_token(tx, token) if token else await self._by_order(tx, order_id)
        answer = pb.GetPickupChoiceResponse(choice=await self._shown(given))
        if not token:
            answer.token = self._links.make(given.choice_id, given.deadline_time)
        return answer

    async def choose(self, token: str, wish: Wish) -> pb.ChoosePickupResponse:
        """Of several choices at once the first is it; the same again answers as it stands."""
        async with self._db.read() as tx:
            given = await self._by_token(tx, token)
            (order,) = await orders.orders(tx, [given.order_id])
        there: list[int] = []
        if given.state is State.ASKED:
            if wish.contact_id:
                contact_id = await self._contacts.own(wish.contact_id, guests.owner(order))
                wish = Wish(wish.option, wish.location_id, contact_id)
            places = (await self._places(given)).places if wish.location_id else ()
            there = [number for one in places if one.location_id == wish.location_id for number in one.line_nos]
        async with self._db.transaction() as tx:
            held = await self._locked(tx, given.choice_id)
            after = domain.choose(held, wish, there, self._clock())
            if after is not held:
                await store.put(tx, after, access.current().actor)
                await timers.cancel(tx, DEADLINE, after.choice_id)
                await timers.schedule(tx, MOVE, after.choice_id, self._clock(), lease=LEASE)
        faultpoints.hit("rerouting.after_choice")
        if after is not held:
            await pursuing.at_once(self._db, MOVE, after.choice_id, lambda: self._carry_out(after))
        async with self._db.read() as tx:
            after = await store.find(tx, given.choice_id) or after
        return pb.ChoosePickupResponse(choice=wire.choice(after))

    async def deadline(self, tx: Tx, due: Due) -> None:
        """He did not choose: what the terms say follows."""
        held = await store.find(tx, due.key, lock=True)
        if held and held.state is State.ASKED:
            await store.put(tx, domain.by_default(held, self._clock()), access.current().actor)
            await timers.schedule(tx, MOVE, held.choice_id, self._clock())

    async def move_due(self, due: Due) -> None:
        """Carries out what was chosen and not carried out."""
        async with self._db.read() as tx:
            given = await store.find(tx, due.key)
        if given and given.state is State.MOVING:
            try:
                await self._carry_out(given)
            except Fault as fault:
                if fault.code in pursuing.AWAY:
                    raise
        async with self._db.transaction() as tx:
            await timers.finish(tx, due)

    async def terms(self) -> pb.GetPickupPolicyResponse:
        async with self._db.read() as tx:
            return pb.GetPickupPolicyResponse(policy=wire.policy(await store.terms(tx)))

    async def put_terms(self, asked: Request, given: domain.Terms) -> pb.PutPickupPolicyResponse:
        """Questions that were asked keep theirs."""
        domain.checked(given)

        async def work(tx: Tx) -> pb.PutPickupPolicyResponse:
            version = (await store.terms(tx)).version + 1
            terms = domain.Terms(given.ask, given.hours, given.otherwise, version)
            if not await store.put_terms(tx, terms, self._clock(), access.current().actor):
                raise TransitionRefused("somebody else wrote terms at the same moment", state=f"version {version}")
            return pb.PutPickupPolicyResponse(policy=wire.policy(terms))

        return await requests.once(self._db, asked, work, pb.PutPickupPolicyResponse)

    async def _carry_out(self, given: Choice) -> None:
        """Inventory moves its promise, then the order follows; where the goods went, he is asked again."""
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                for move in domain.moves(given):
                    if not move.target:
                        async with self._db.transaction() as tx:
                            await self._moving.ship(tx, given, move)
                    await self._inventory.MovePickup(_moved(given, move), timeout=_SECONDS)
        except Fault as fault:
            if wire_sourced.unheard(fault):
                raise _yet() from fault
            if fault.code not in pursuing.AWAY:
                await self._ask_again(given)
            raise
        faultpoints.hit("rerouting.after_move")
        async with self._db.transaction() as tx:
            await self._moving.settle(tx, given)
        faultpoints.hit("rerouting.after_settled")

    async def _ask_again(self, given: Choice) -> None:
        async with self._db.transaction() as tx:
            held = await self._locked(tx, given.choice_id)
            if held.state is State.MOVING:
                now = self._clock()
                await store.put(tx, domain.unchosen(held, now), access.current().actor)
                await timers.schedule(tx, DEADLINE, held.choice_id, max(held.deadline_time, now))

    async def _shown(self, given: Choice) -> pb.PickupChoice:
        if given.state is not State.ASKED:
            return wire.choice(given)
        found = await self._places(given)
        async with self._db.read() as tx:
            (order,) = await orders.orders(tx, [given.order_id])
            parts = await fulfilments.of_orders(tx, [given.order_id])
            gone = await store_cancelled.of_order(tx, given.order_id)
            names = await store.names(tx, [one.location_id for one in found.places])
        return wire.choice(given, domain.lacking(order, given, parts, gone), found, names)

    async def _places(self, given: Choice) -> sourcing_pb.ListPickupPlacesResponse:
        asked = sourcing_pb.ListPickupPlacesRequest(
            order_id=given.order_id, location_id=given.location_id, line_nos=given.line_nos
        )
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                return await self._inventory.ListPickupPlaces(asked, timeout=_SECONDS)
        except Fault as fault:
            if wire_sourced.unheard(fault):
                raise _yet() from fault
            raise

    async def _by_token(self, tx: Tx, token: str) -> Choice:
        found = await store.find(tx, self._links.read(token, self._clock()))
        if found is None:
            raise LinkInvalid("no link of ours", field="token")
        return found

    async def _by_order(self, tx: Tx, order_id: str) -> Choice:
        who = access.current()
        if who.kind is not Kind.ANONYMOUS and await orders.visible(tx, order_id, who):
            found = await store.of_order(tx, order_id)
            if found is not None:
                return found
        raise NotYours("nobody is asked about such an order", field="order_id", order_id=order_id)

    async def _locked(self, tx: Tx, choice_id: str) -> Choice:
        found = await store.find(tx, choice_id, lock=True)
        assert found is not None, "a question is never deleted"
        return found


def _yet() -> Fault:
    return Fault("the order is not known everywhere yet: ask again", code=Code.UNAVAILABLE, reason="UNAVAILABLE")


def _moved(given: Choice, move: domain.Move) -> sourcing_pb.MovePickupRequest:
    return sourcing_pb.MovePickupRequest(
        # a question may be answered again, with another store
        request_id=f"{given.choice_id}:{move.target or 'ship'}",
        order_id=given.order_id,
        from_location_id=given.location_id,
        line_nos=move.line_nos,
        to_location_id=move.target,
    )
