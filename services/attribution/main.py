"""The attribution process, put together."""

from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from kit import audit
from kit.clock import Clock
from kit.consumer import On
from kit.postgres import Database
from kit.process import Process, main
from kit.rpc.server import Server
from kit.timers import Leased
from omo.attribution.v1 import attribution_service_pb2_grpc as rpc
from omo.audit.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from omo.member.v1 import member_events_pb2, merging_events_pb2
from omo.member.v1.privacy_service_pb2_grpc import PrivacyServiceStub
from omo.order.v1 import order_events_pb2
from services.attribution.binding.lane import AttributionFactServicer
from services.attribution.binding.merging import Mergers
from services.attribution.binding.reactions import BindingReactions
from services.attribution.binding.servicer import BindingServicer
from services.attribution.binding.tokens import StaffTokens
from services.attribution.binding.usecases import Bindings
from services.attribution.credit import store as credit_store
from services.attribution.credit.reactions import CreditReactions
from services.attribution.credit.servicer import CreditServicer
from services.attribution.credit.usecases import Credits
from services.attribution.panorama import store as panorama_store
from services.attribution.panorama.servicer import PanoramaServicer
from services.attribution.permissions import PERMISSIONS
from services.attribution.privacy.reactions import PrivacyReactions
from services.attribution.privacy.usecases import DELIVER, Persons
from services.attribution.settings import Settings


class Attribution:
    """The service's parts on one database."""

    def __init__(self, settings: Settings, db: Database, clock: Clock) -> None:
        self.settings = settings
        self.db = db
        self.clock = clock
        self.zone = ZoneInfo(settings.time_zone)
        tokens = StaffTokens(settings.staff_token_secret)
        self.ledger = Credits(db, clock, settings.policy, tokens, self.zone)
        self.bindings = Bindings(db, clock, settings.policy, tokens, self.ledger)

    def ears(self) -> list[On[Any]]:
        """What it hears."""
        sales = CreditReactions(self.ledger)
        people = BindingReactions(self.bindings, Mergers(self.ledger))
        # people first: within a batch that spares a decision and its correction; the end is the same either way
        return [
            On.many(member_events_pb2.StaffChanged, people.on_staff_changed),
            On.many(member_events_pb2.MemberEnrolled, people.on_members_enrolled),
            On.many(member_events_pb2.MemberMerged, people.on_members_merged),
            On.many(merging_events_pb2.MemberUnmerged, people.on_members_unmerged),
            On.many(order_events_pb2.OrderConfirmed, sales.on_orders_confirmed),
            On.many(order_events_pb2.SalesRecorded, sales.on_sales_recorded),
            On.many(order_events_pb2.SaleClaimed, sales.on_sales_claimed),
            On.many(order_events_pb2.UnitsCancelled, sales.on_units_cancelled),
            On.many(order_events_pb2.UnitsReturned, sales.on_units_returned),
            On.many(order_events_pb2.OrderCancelled, sales.on_orders_cancelled),
        ]

    def serve_on(self, server: Server, pending: Callable[[], Awaitable[int]]) -> None:
        """What it answers."""
        page_key = self.settings.page_key.encode()
        credit = CreditServicer(self.db, self.clock, self.ledger, page_key)
        panorama = PanoramaServicer(self.db, self.clock, self.zone)
        checks = (*credit_store.CHECKS, *panorama_store.CHECKS)
        proof = audit.AuditServicer(self.db, self.clock, checks, pending)
        server.add(rpc.add_BindingServiceServicer_to_server, BindingServicer(self.db, self.bindings))
        server.add(rpc.add_CreditServiceServicer_to_server, credit)
        server.add(rpc.add_PanoramaServiceServicer_to_server, panorama)
        server.add(
            rpc.add_AttributionFactServiceServicer_to_server,
            AttributionFactServicer(self.db, self.bindings, self.clock),
        )
        server.add(add_AuditServiceServicer_to_server, proof)


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("attribution", settings) as p:
        db = await p.database()
        await p.jetstream()
        attribution = Attribution(settings, db, await p.clock())
        persons = Persons(db, attribution.clock, PrivacyServiceStub(p.connect(settings.member_target)))
        p.relay()
        consumer = p.consumer([*attribution.ears(), *PrivacyReactions(persons).handlers()])
        p.timers({DELIVER: Leased(persons.deliver)})
        attribution.serve_on(p.grpc(PERMISSIONS), consumer.pending)
        await p.run()


if __name__ == "__main__":
    main(serve, Settings)
