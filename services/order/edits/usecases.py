"""Changes of orders as shoppers and staff ask for them: looked at, applied, listed."""

import uuid
from collections.abc import Sequence

from kit import access, faultpoints
from kit.access import Kind, NotYours
from kit.clock import Clock
from kit.errors import Fault
from kit.postgres import Database, Tx
from kit.requests import REPLAYED, Request, RequestReused
from kit.rpc import trailers
from omo.order.v1 import order_edit_service_pb2 as pb
from services.order.checkout import store_reads, wire_asked
from services.order.checkout.contacts import ContactIds
from services.order.checkout.domain import Order
from services.order.checkout.domain_basket import Quote
from services.order.checkout.domain_placing import StillPlaced
from services.order.checkout.usecases import Orders
from services.order.checkout.usecases_reads import OrderBook
from services.order.edits import domain, domain_added, domain_sums, store, wire
from services.order.edits.applying import Applying
from services.order.edits.domain import Plan
from services.order.edits.domain_actions import Action, SetContact, SetFulfilment, SetInvoice
from services.order.edits.domain_record import Edit
from services.order.edits.domain_refusals import EditRefused, EditStale, Failure
from services.order.edits.domain_standing import Standing
from services.order.edits.moving import MOVING, MovingSaga
from services.order.edits.saga import AddingSaga
from services.order.edits.wire import Wish
from services.order.guests import domain as guests

_NAMES = uuid.UUID("6d1f2f5e-2f5b-5a0e-9d3c-0f7d5c1e2a4b")


class Edits:
    """Preview, apply, list."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        orders: Orders,
        book: OrderBook,
        contacts: ContactIds,
        applying: Applying,
        saga: AddingSaga,
        moving: MovingSaga,
    ) -> None:
        self._db = db
        self._clock = clock
        self._orders = orders
        self._book = book
        self._contacts = contacts
        self._applying = applying
        self._saga = saga
        self._moving = moving

    async def preview(self, order_id: str, actions: Sequence[Action]) -> pb.PreviewEditResponse:
        """What the change would do; nothing is written but a quote."""
        async with self._db.read() as tx:
            given = await self._allowed(tx, order_id, actions, lock=False)
        plan = domain.plan(given, actions, self._applying.methods)
        await self._check_contact(given.order, actions)
        await self._moving.look(given, plan)
        added = None
        if plan.wants and not plan.failures:
            added = await self._quoted(plan, given)
        back = domain_sums.back(given, plan.removed, self._clock())
        quoted = None
        if added is not None:
            quoted = wire_asked.quote(*added)
        return pb.PreviewEditResponse(preview=wire.preview(given, plan, back, added, quoted))

    async def apply(self, asked: Request, wish: Wish) -> pb.ApplyEditResponse:
        """The change, all of it or nothing; asked again, answered the same."""
        edit_id = str(uuid.uuid5(_NAMES, f"{asked.principal}\n{asked.request_id}"))
        if any(isinstance(one, SetInvoice) for one in wish.actions):
            asked = self._applying.keeping.known(asked)
        if any(isinstance(one, SetFulfilment) for one in wish.actions):
            await self._look(edit_id, wish)
        async with self._db.transaction() as tx:
            edit, fresh = await self._begin(tx, edit_id, asked, wish)
        if fresh:
            faultpoints.hit("edits.after_begin")
        if edit.state == MOVING:
            edit = await self._moving.run(edit)
        if edit.state in ("PLACING", "UNDOING"):
            edit = await self._saga.run(edit, wish)
        if edit.cause is not None:
            raise edit.cause.fault()
        if not fresh:
            trailers.add(REPLAYED, "true")
        return await self._answer(edit)

    async def list(self, order_id: str) -> pb.GetEditsResponse:
        """What was changed, oldest first."""
        async with self._db.read() as tx:
            order = await self._visible(tx, order_id)
            return wire.edits(await store.of_order(tx, order_id), order, by=_tells_who())

    async def _look(self, edit_id: str, wish: Wish) -> None:
        """Refuses what inventory would, before any store is told to wait."""
        async with self._db.read() as tx:
            if await store.find(tx, edit_id) is not None:
                return
            given = await self._allowed(tx, wish.order_id, wish.actions, lock=False)
        if given.order.version != wish.version:  # as it is told behind its locks
            return
        plan = domain.plan(given, wish.actions, self._applying.methods)
        await self._moving.look(given, plan)
        if plan.failures:
            async with self._db.read() as tx:
                # what it would wait for stands in its own way, once whoever asked the same at once has begun
                if await store.find(tx, edit_id) is not None or await store.running(tx, wish.order_id):
                    return
        plan.refuse()

    async def _begin(self, tx: Tx, edit_id: str, asked: Request, wish: Wish) -> tuple[Edit, bool]:
        """Applies a change that adds nothing; of one that does, notes that it runs. False: it was begun before."""
        if known := await store.lock(tx, edit_id):
            return _same(known, asked), False
        given = await self._allowed(tx, wish.order_id, wish.actions)
        if known := await store.find(tx, edit_id):  # whoever asked the same at once was first at the order
            return _same(known, asked), False
        if other := await store.running(tx, wish.order_id):
            raise StillPlaced("another change of this order is being made", order_id=wish.order_id, edit_id=other)
        if given.order.version != wish.version:
            raise EditStale("the order changed meanwhile", seen=wish.version, version=given.order.version)
        plan = domain.plan(given, wish.actions, self._applying.methods)
        plan.refuse()
        await self._check_contact(given.order, wish.actions)
        edit = self._edit(edit_id, asked, wish, given, plan)
        await store.insert(tx, edit)
        if plan.wants:
            await self._saga.begin(tx, edit)
        elif plan.move is not None:
            await self._moving.begin(tx, given, edit)
        else:
            await self._applying.apply(tx, given, plan, edit_id)
        return edit, True

    def _edit(self, edit_id: str, asked: Request, wish: Wish, given: Standing, plan: Plan) -> Edit:
        actor, now = access.current().actor, self._clock()
        back = domain_sums.back(given, plan.removed, now)
        return Edit(
            edit_id,
            wish.order_id,
            "PLACING" if plan.wants else MOVING if plan.move else "APPLIED",
            wish.version,
            asked.fingerprint,
            wish.kept,
            now,
            actor.kind.value,
            actor.id,
            actor.terminal_id,
            released=back.money,
            points_returned=back.points,
            reason=wish.reason,
            move=plan.move,
        )

    async def _allowed(self, tx: Tx, order_id: str, actions: Sequence[Action], *, lock: bool = True) -> Standing:
        """The order as it is, behind its locks; whose it is, and whether he may, is asked first."""
        await self._visible(tx, order_id)
        given = await self._applying.standing(tx, order_id, actions, lock=lock)
        if access.current().kind is Kind.MEMBER:
            (await store.policy(tx)).check(given.order, self._clock())
        return given

    async def _visible(self, tx: Tx, order_id: str) -> Order:
        if not await store_reads.visible(tx, order_id, access.current()):
            raise NotYours("no such order", field="order_id", order_id=order_id)
        return (await store_reads.orders(tx, [order_id]))[0]

    async def _check_contact(self, order: Order, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, SetContact):
                await self._contacts.own(action.contact_id, guests.owner(order))

    async def _quoted(self, plan: Plan, given: Standing) -> tuple[str, Quote] | None:
        """What is added, priced today and on its own; what is not sold is told as a failure."""
        try:
            quote_id, quote, _ = await self._orders.quote(domain_added.added(given, plan, plan.wants))
        except Fault as fault:
            plan.failures.append(Failure(-1, fault.reason, fault.message))
            return None
        if quote.over:
            plan.failures.append(Failure(-1, "PURCHASE_LIMIT", f"limit {quote.over[0].limit_id}"))
        if quote.tax_included != given.order.tax_included or quote.currency != given.order.currency:
            raise EditRefused("what is added is priced in another way than the order", action_no=-1)
        return quote_id, quote

    async def _answer(self, edit: Edit) -> pb.ApplyEditResponse:
        async with self._db.read() as tx:
            (order,) = await self._book.shown(tx, [edit.order_id])
        shown = wire.edit(edit, order.totals.grand_total.currency_code, by=_tells_who())
        return pb.ApplyEditResponse(edit=shown, order=order)


def _same(known: Edit, asked: Request) -> Edit:
    if known.fingerprint != asked.fingerprint:
        raise RequestReused("this request id was used with another body", request_id=asked.request_id)
    return known


def _tells_who() -> bool:
    """Shoppers are not told which of the staff it was."""
    return access.current().kind not in (Kind.MEMBER, Kind.GUEST, Kind.ANONYMOUS)
