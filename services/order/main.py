"""The order process, put together."""

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

import grpc

from kit import audit, timers
from kit.clock import Clock
from kit.consumer import On
from kit.leases import LEASE
from kit.postgres import Database, Tx
from kit.process import Process, main
from kit.rpc.server import Server
from kit.timers import Due, InTx, Leased
from omo.audit.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from omo.inventory.v1.stock_service_pb2_grpc import StockServiceStub
from omo.member.v1.credit_service_pb2_grpc import CreditServiceStub
from omo.member.v1.member_events_pb2 import MemberMerged
from omo.member.v1.merging_events_pb2 import MemberUnmerged
from omo.member.v1.points_service_pb2_grpc import WalletServiceStub
from omo.member.v1.prepaid_service_pb2_grpc import PrepaidServiceStub
from omo.member.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.order.v1 import search_service_pb2_grpc as search_rpc
from services.order.cart.room import CartRoom
from services.order.checkout import store_quotes, store_reads, store_saga
from services.order.checkout.contacts import ContactIds
from services.order.checkout.domain_saga import KIND as CHECKOUT
from services.order.checkout.fulfilling import Fulfilling
from services.order.checkout.servicer import OrderServicer
from services.order.checkout.usecases import QUOTE_TTL, SWEEP, Orders
from services.order.checkout.usecases_cancel import Cancellations
from services.order.checkout.usecases_end import Endings
from services.order.checkout.usecases_group import Group
from services.order.checkout.usecases_reads import OrderBook
from services.order.checkout.usecases_saga import Saga
from services.order.checkout.usecases_steps import Steps
from services.order.counter.room import CHECKS as COUNTER
from services.order.counter.room import CounterRoom
from services.order.edits.room import CHECKS as EDITS
from services.order.edits.room import EditRoom
from services.order.freight.store_proof import CHECKS as FREIGHT
from services.order.fulfilment import store_cancelled, store_sourced
from services.order.fulfilment import store_reads as fulfilment_store
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.reactions import SourcedReactions
from services.order.fulfilment.servicer import FulfilmentServicer
from services.order.fulfilment.usecases import Fulfilments
from services.order.fulfilment.usecases_reject import Rejections
from services.order.fulfilment.usecases_sourced import Sourced
from services.order.fulfilment.usecases_tasks import Tasks
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.guests.room import GuestRoom
from services.order.invoices.room import CHECKS as INVOICES
from services.order.invoices.room import InvoiceRoom
from services.order.payments import store as payments_store
from services.order.payments.room import PaymentRoom
from services.order.permissions import PERMISSIONS
from services.order.pickups.room import CHECKS as PICKUPS
from services.order.pickups.room import PickupRoom
from services.order.preorders.room import CHECKS as AHEAD
from services.order.preorders.room import PreorderRoom
from services.order.privacy.reactions import PrivacyReactions
from services.order.privacy.usecases import DELIVER, Persons
from services.order.promotions import store_uses
from services.order.promotions.room import PromotionRoom
from services.order.promotions.usecases_uses import NEVER_CAME
from services.order.reference import merging
from services.order.reference import reactions as reference_reactions
from services.order.reference.usecases import Reference
from services.order.returns.prepaid_due import PrepaidDue
from services.order.returns.room import CHECKS as RETURNS
from services.order.returns.room import ReturnsRoom
from services.order.sales import store_reads as sales_store
from services.order.sales.servicer import SalesServicer
from services.order.sales.usecases_claims import Claims
from services.order.sales.usecases_reads import SalesBook
from services.order.search.servicer import SearchServicer
from services.order.search.usecases import OrderSearch
from services.order.settings import Settings
from services.order.shipping.room import ShippingRoom


class Order:
    """The service's parts on one database."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        to_inventory: grpc.aio.Channel,
        to_member: grpc.aio.Channel,
        fulfilling: Fulfilling | None = None,
    ) -> None:
        self.settings, self.db, self.clock = settings, db, clock
        self.pins = Pins(settings.pin_key_bytes())
        self.money = PaymentRoom(settings, db, clock)
        self.payments, self.simulator = self.money.payments, self.money.simulator
        self.endings = Endings(clock, self.payments)
        self.undelivered = Undelivered(clock, self.endings)
        self.fulfilling = fulfilling or Fulfilments(clock, self.pins, self.undelivered)
        credit = CreditServiceStub(to_member)
        self.pickups = PickupRoom(settings, db, clock, self.pins, self.payments, self.undelivered, credit)
        self.handovers = self.pickups.handovers
        self.reference = Reference(db)
        self.rules = PromotionRoom(settings, db, clock, self.reference, to_member)
        self.promotions = self.rules.promotions
        self.returns = ReturnsRoom(settings, db, clock, self.payments, credit)
        self.packs = PrepaidDue(db, clock, self.payments, credit, PrepaidServiceStub(to_member))
        self.invoices = InvoiceRoom(settings, db, clock, self.returns.boards)
        self.persons = Persons(db, clock, PrivacyServiceStub(to_member), self.invoices.seals)
        steps = Steps(StockServiceStub(to_inventory), WalletServiceStub(to_member), self.payments, self.money.splits)
        self.group = Group(db, self.fulfilling, LEASE)
        self.saga = Saga(db, clock, steps, self.group)
        told = (settings.currency, settings.shipping())
        self.orders = Orders(db, clock, self.reference, self.promotions, self.payments, self.saga, self.group, *told)
        self.orders.invoicing = self.invoices
        self._furnish(to_inventory, to_member)

    def _furnish(self, to_inventory: grpc.aio.Channel, to_member: grpc.aio.Channel) -> None:
        """The rooms that stand around orders."""
        settings, db, clock = self.settings, self.db, self.clock
        self.orders.pricing.segments = self.rules.segments
        self.carts = CartRoom(settings, db, clock, to_inventory, self.orders)
        self.preorders = PreorderRoom(settings, db, clock, to_inventory, self.reference, self.orders)
        self.cancellations = Cancellations(db, clock, self.orders, self.saga, self.endings, self.fulfilling)
        self.guests = GuestRoom(settings, db, clock, self.cancellations)
        tasks = (self.undelivered, self.fulfilling, self.pins)
        room = (settings, db, clock, to_inventory)
        self.edits = EditRoom(*room, self.orders, self.cancellations, tasks, self.invoices.keeping)
        hands, sold = (self.fulfilling, self.handovers, self.undelivered), self.invoices.sold
        self.counter = CounterRoom(settings, db, clock, to_inventory, self.orders, hands, self.returns, sold)
        self.rejections = Rejections(db, clock, self.endings, self.undelivered, self.counter.asking)
        ways = (to_inventory, to_member)
        self.shipping = ShippingRoom(settings, db, clock, *ways, self.handovers, self.rejections)

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        sourced = SourcedReactions(Sourced(self.clock, self.undelivered), self.preorders.releases)
        return [
            *reference_reactions.handlers(),
            On.many(MemberMerged, merging.on_members_merged),
            On.many(MemberUnmerged, merging.on_members_unmerged),
            *sourced.handlers(),
            *PrivacyReactions(self.persons).handlers(),
            *self.returns.ears(),
            *self.packs.ears(),
            *self.guests.ears(),
        ]

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        return {
            CHECKOUT: Leased(self.saga.resume),
            **self.money.timers(),
            **self.pickups.timers(),
            **self.returns.timers(),
            **self.packs.timers(),
            **self.invoices.timers(),
            SWEEP: InTx(self._sweep),
            **self.carts.timers(),
            **self.preorders.timers(),
            **self.edits.timers(),
            **self.guests.timers(),
            **self.counter.timers(),
            **self.shipping.timers(),
            DELIVER: Leased(self.persons.deliver),
        }

    async def begin(self) -> None:
        """Sees to it that old quotes are swept, and guests forgotten."""
        async with self.db.transaction() as tx:
            await timers.schedule(tx, SWEEP, SWEEP, self.clock() + QUOTE_TTL)
            await self.carts.begin(tx)
            await self.guests.forgetting.begin(tx)

    def serve_on(self, server: Server, pending: Callable[[], Awaitable[int]]) -> None:
        """What it answers."""
        book = OrderBook(self.db, self.fulfilling, self.settings.page_key.encode(), self.invoices)
        checks = (*store_reads.CHECKS, *store_saga.CHECKS, *payments_store.CHECKS, *fulfilment_store.CHECKS,
                  *store_sourced.CHECKS, *store_cancelled.CHECKS, *sales_store.CHECKS, *RETURNS, *INVOICES, *AHEAD,
                  *EDITS, *COUNTER, *PICKUPS, *FREIGHT)  # fmt: skip
        proof = audit.AuditServicer(self.db, self.clock, checks, pending, store_saga.OPEN)
        contacts = ContactIds(self.db, self.settings.service_secret)
        orders = OrderServicer(self.orders, self.cancellations, book, contacts)
        server.add(order_rpc.add_OrderServiceServicer_to_server, orders)
        search = OrderSearch(self.db, book, self.clock, self.settings.page_key.encode())
        server.add(search_rpc.add_OrderSearchServiceServicer_to_server, SearchServicer(search))
        self.carts.serve_on(server)
        self.preorders.serve_on(server)
        self.edits.serve_on(server)
        self.guests.serve_on(server, book)
        self.counter.serve_on(server)
        self.shipping.serve_on(server)
        self.pickups.serve_on(server)
        self.money.serve_on(server, self.orders, self.saga)
        self.rules.serve_on(server)
        server.add(fulfilment_rpc.add_FulfilmentServiceServicer_to_server, self._fulfilment())
        self.returns.serve_on(server)
        self.invoices.serve_on(server, book)
        server.add(sales_rpc.add_SalesServiceServicer_to_server, self._sales())
        server.add(add_AuditServiceServicer_to_server, proof)

    def _fulfilment(self) -> FulfilmentServicer:
        return FulfilmentServicer(Tasks(self.db, self.clock, self.pins), self.rejections, self.handovers)

    def _sales(self) -> SalesServicer:
        told = self.settings
        claims = Claims(self.db, self.clock, ZoneInfo(told.time_zone), told.claim_days, self.invoices.seals)
        return SalesServicer(self.counter.sales, SalesBook(self.db, told.page_key.encode(), self.clock), claims)

    async def end(self) -> None:
        """Lets running checkouts end, and closes the way to the providers."""
        await self.orders.drain()
        await self.money.end()
        await self.shipping.end()
        await self.invoices.end()

    async def _sweep(self, tx: Tx, due: Due) -> None:
        now = self.clock()
        await store_quotes.sweep(tx, now)
        await store_uses.sweep(tx, NEVER_CAME)
        await self.preorders.sweep(tx, NEVER_CAME)
        await timers.schedule(tx, SWEEP, due.key, now + QUOTE_TTL)


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("order", settings) as p:
        db = await p.database()
        await p.jetstream()
        to_inventory, to_member = p.connect(settings.inventory_target), p.connect(settings.member_target)
        order = Order(settings, db, await p.clock(), to_inventory, to_member)
        await order.begin()
        p.relay()
        consumer = p.consumer(order.ears())
        p.timers(order.timers())
        order.serve_on(p.grpc(PERMISSIONS), consumer.pending)
        p.on_stop(order.end)
        await p.run()


if __name__ == "__main__":
    main(serve, Settings)
