"""The order process, put together."""

from collections.abc import Awaitable, Callable, Mapping
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
from omo.member.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.order.v1 import payment_service_pb2_grpc as payment_rpc
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from omo.order.v1 import returns_service_pb2_grpc as returns_rpc
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
from services.order.fulfilment import store_cancelled, store_sourced
from services.order.fulfilment import store_reads as fulfilment_store
from services.order.fulfilment.pins import Pins
from services.order.fulfilment.reactions import SourcedReactions
from services.order.fulfilment.servicer import FulfilmentServicer
from services.order.fulfilment.usecases import ACCEPT_SLA, PICKUP_DEADLINE, Fulfilments
from services.order.fulfilment.usecases_deadlines import Deadlines
from services.order.fulfilment.usecases_handover import CAPTURE as HANDED_OVER
from services.order.fulfilment.usecases_handover import Handovers
from services.order.fulfilment.usecases_reject import Rejections
from services.order.fulfilment.usecases_sourced import Sourced
from services.order.fulfilment.usecases_tasks import Tasks
from services.order.fulfilment.usecases_undelivered import Undelivered
from services.order.payments import store as payments_store
from services.order.payments.provider import Provider
from services.order.payments.servicer import PaymentServicer
from services.order.payments.simulator import Simulator
from services.order.payments.usecases import GIVE_BACK, LET_GO, REFUND, Payments
from services.order.permissions import PERMISSIONS
from services.order.privacy.reactions import PrivacyReactions
from services.order.privacy.usecases import DELIVER, Persons
from services.order.promotions import store_uses
from services.order.promotions.servicer import PromotionServicer
from services.order.promotions.usecases import Promotions
from services.order.promotions.usecases_rehearsal import Rehearsals
from services.order.promotions.usecases_uses import NEVER_CAME
from services.order.reference import merging
from services.order.reference import reactions as reference_reactions
from services.order.reference.usecases import Reference
from services.order.returns import store_proof as returns_store
from services.order.returns.boards import Boards
from services.order.returns.care import Care
from services.order.returns.granting import LATE, Granting
from services.order.returns.paying import Paying
from services.order.returns.reactions import ReturnReactions
from services.order.returns.servicer import ReturnServicer
from services.order.returns.usecases import Returns
from services.order.sales import store_reads as sales_store
from services.order.sales.servicer import SalesServicer
from services.order.sales.usecases import Sales
from services.order.sales.usecases_claims import Claims
from services.order.sales.usecases_reads import SalesBook
from services.order.search.servicer import SearchServicer
from services.order.search.usecases import OrderSearch
from services.order.settings import Settings


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
        self.simulator = Simulator(settings.simulator_url, settings.simulator_secret)
        providers: Mapping[str, Provider] = {self.simulator.name: self.simulator} if settings.simulator_url else {}
        self.payments = Payments(db, clock, providers)
        self.endings = Endings(clock, self.payments)
        self.undelivered = Undelivered(clock, self.endings)
        self.fulfilling = fulfilling or Fulfilments(clock, self.pins, self.undelivered)
        self.handovers = Handovers(db, clock, self.pins, self.payments, self.undelivered)
        self.persons = Persons(db, clock, PrivacyServiceStub(to_member))
        self.promotions = Promotions(db, clock, settings.page_key.encode())
        self.reference = Reference(db)
        self.boards = Boards(clock)
        self.paying = Paying(db, clock, self.payments, CreditServiceStub(to_member), self.boards)
        steps = Steps(StockServiceStub(to_inventory), WalletServiceStub(to_member), self.payments)
        self.group = Group(db, self.fulfilling, LEASE)
        self.saga = Saga(db, clock, steps, self.group)
        self.orders = Orders(
            db,
            clock,
            self.reference,
            self.promotions,
            self.payments,
            self.saga,
            self.group,
            settings.currency,
            settings.shipping(),
        )
        self.carts = CartRoom(settings, db, clock, to_inventory, self.orders)

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        sourced = SourcedReactions(Sourced(self.clock, self.undelivered))
        return [
            *reference_reactions.handlers(),
            On.many(MemberMerged, merging.on_members_merged),
            On.many(MemberUnmerged, merging.on_members_unmerged),
            *sourced.handlers(),
            *PrivacyReactions(self.persons).handlers(),
            *ReturnReactions(self.boards).handlers(),
        ]

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due."""
        deadlines = Deadlines(self.clock)
        return {
            CHECKOUT: Leased(self.saga.resume),
            GIVE_BACK: Leased(self.payments.give_back_due),
            LET_GO: Leased(self.payments.let_go_due),
            REFUND: Leased(self.paying.due),
            LATE: InTx(self.boards.late),
            HANDED_OVER: Leased(self.handovers.capture_due),
            ACCEPT_SLA: InTx(deadlines.accept_missed),
            PICKUP_DEADLINE: InTx(deadlines.pickup_missed),
            SWEEP: InTx(self._sweep),
            **self.carts.timers(),
            DELIVER: Leased(self.persons.deliver),
        }

    async def begin(self) -> None:
        """Sees to it that old quotes are swept."""
        async with self.db.transaction() as tx:
            await timers.schedule(tx, SWEEP, SWEEP, self.clock() + QUOTE_TTL)
            await self.carts.begin(tx)

    def serve_on(self, server: Server, pending: Callable[[], Awaitable[int]]) -> None:
        """What it answers."""
        cancellations = Cancellations(self.db, self.clock, self.orders, self.saga, self.endings, self.fulfilling)
        book = OrderBook(self.db, self.fulfilling, self.settings.page_key.encode())
        checks = (*store_reads.CHECKS, *store_saga.CHECKS, *payments_store.CHECKS, *fulfilment_store.CHECKS,
                  *store_sourced.CHECKS, *store_cancelled.CHECKS, *sales_store.CHECKS,
                  *returns_store.CHECKS)  # fmt: skip
        proof = audit.AuditServicer(self.db, self.clock, checks, pending, store_saga.OPEN)
        contacts = ContactIds(self.db, self.settings.service_secret)
        orders = OrderServicer(self.orders, cancellations, book, contacts)
        server.add(order_rpc.add_OrderServiceServicer_to_server, orders)
        search = OrderSearch(self.db, book, self.clock, self.settings.page_key.encode())
        server.add(search_rpc.add_OrderSearchServiceServicer_to_server, SearchServicer(search))
        self.carts.serve_on(server)
        server.add(payment_rpc.add_PaymentServiceServicer_to_server, PaymentServicer(self.payments))
        server.add(promotion_rpc.add_PromotionServiceServicer_to_server, self._promotions())
        server.add(fulfilment_rpc.add_FulfilmentServiceServicer_to_server, self._fulfilment())
        server.add(returns_rpc.add_ReturnServiceServicer_to_server, self._returns())
        server.add(sales_rpc.add_SalesServiceServicer_to_server, self._sales())
        server.add(add_AuditServiceServicer_to_server, proof)

    def _promotions(self) -> PromotionServicer:
        return PromotionServicer(self.db, self.promotions, Rehearsals(self.db, self.clock, self.reference))

    def _fulfilment(self) -> FulfilmentServicer:
        rejections = Rejections(self.db, self.clock, self.endings, self.undelivered)
        return FulfilmentServicer(Tasks(self.db, self.clock, self.pins), rejections, self.handovers)

    def _returns(self) -> ReturnServicer:
        returns = Returns(self.db, self.clock, Granting(self.clock))
        care = Care(self.db, self.clock, self.boards, self.settings.page_key.encode())
        return ReturnServicer(self.db, self.clock, returns, care)

    def _sales(self) -> SalesServicer:
        told = self.settings
        sales = Sales(self.db, told.currency, told.earn_without_tax, self.clock)
        claims = Claims(self.db, self.clock, ZoneInfo(told.time_zone), told.claim_days)
        return SalesServicer(sales, SalesBook(self.db, told.page_key.encode(), self.clock), claims)

    async def end(self) -> None:
        """Lets running checkouts end, and closes the way to the providers."""
        await self.orders.drain()
        await self.simulator.close()

    async def _sweep(self, tx: Tx, due: Due) -> None:
        now = self.clock()
        await store_quotes.sweep(tx, now)
        await store_uses.sweep(tx, NEVER_CAME)
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
