"""The attribution process, put together."""

from zoneinfo import ZoneInfo

from kit import audit
from kit.consumer import On
from kit.process import Process, main
from omo.attribution.v1 import attribution_service_pb2_grpc as rpc
from omo.audit.v1.audit_service_pb2_grpc import add_AuditServiceServicer_to_server
from omo.member.v1 import member_events_pb2
from omo.order.v1 import order_events_pb2
from services.attribution.binding.lane import AttributionFactServicer
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
from services.attribution.settings import Settings


async def serve(settings: Settings) -> None:
    """Runs until told to stop."""
    async with Process("attribution", settings) as p:
        db = await p.database()
        await p.jetstream()
        clock = await p.clock()
        zone = ZoneInfo(settings.time_zone)
        tokens = StaffTokens(settings.staff_token_secret)
        credits = Credits(db, clock, settings.policy, tokens, zone)
        bindings = Bindings(db, clock, settings.policy, tokens, credits)
        heard = CreditReactions(credits)
        known = BindingReactions(bindings)
        p.relay()
        consumer = p.consumer(
            [
                On.many(order_events_pb2.OrderConfirmed, heard.on_orders_confirmed),
                On.many(order_events_pb2.SalesRecorded, heard.on_sales_recorded),
                On.many(order_events_pb2.OrderCancelled, heard.on_orders_cancelled),
                On.many(member_events_pb2.MemberEnrolled, known.on_members_enrolled),
                On.many(member_events_pb2.StaffChanged, known.on_staff_changed),
            ]
        )
        server = p.grpc(PERMISSIONS)
        server.add(rpc.add_BindingServiceServicer_to_server, BindingServicer(db, bindings))
        page_key = settings.page_key.encode()
        server.add(rpc.add_CreditServiceServicer_to_server, CreditServicer(db, clock, credits, page_key))
        server.add(rpc.add_PanoramaServiceServicer_to_server, PanoramaServicer(db, clock, zone))
        server.add(rpc.add_AttributionFactServiceServicer_to_server, AttributionFactServicer(db, bindings))
        checks = (*credit_store.CHECKS, *panorama_store.CHECKS)
        server.add(add_AuditServiceServicer_to_server, audit.AuditServicer(db, clock, checks, consumer.pending))
        await p.run()


if __name__ == "__main__":
    main(serve, Settings)
