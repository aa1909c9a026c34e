"""Channels as gRPC: what providers tell, and where browsers subscribe."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kit import access, fields, requests
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database
from omo.member.v1 import conversation_pb2 as talk_pb
from omo.member.v1 import conversation_service_pb2 as pb
from omo.member.v1 import conversation_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.channels import bounces, endpoints, notices, push, store
from services.member.channels.book import AddressBook, Listed
from services.member.channels.contract import Kind
from services.member.channels.notices import Notice
from services.member.channels.reports import Reports
from services.member.identity import reading as looks
from services.member.points import reading
from services.member.settings import Settings
from services.member.vault import Vault

_LONGEST_KEY = 200


class ChannelUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "CHANNEL_UNKNOWN"


class ChannelServicer(rpc.ChannelServiceServicer):
    """Unwrap, one verb, wrap."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        settings: Settings,
        book: AddressBook,
        reports: Reports,
        clock: Clock,
        wall: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._vault = vault
        self._settings = settings
        self._book = book
        self._reports = reports
        self._clock = clock
        self._wall = wall

    async def RecordChannelNotification(
        self, request: pb.RecordChannelNotificationRequest, context: Any
    ) -> pb.RecordChannelNotificationResponse:
        """Takes what a provider signed."""
        told = self._read(request.provider, request.body, request.headers)
        async with self._db.transaction() as tx:
            await self._reports.take(tx, request.provider, told)
            await store.forget_notices(tx, self._wall() - notices.REMEMBERED)
        return pb.RecordChannelNotificationResponse()

    def _read(self, provider: str, body: bytes, headers: Any) -> list[Notice]:
        now, wall, settings = self._clock(), self._wall(), self._settings
        secret = {
            Kind.LINE.value: settings.line_channel_secret,
            Kind.SMS.value: settings.sms_webhook_secret,
            Kind.EMAIL.value: settings.mail_report_secret,
        }.get(provider)
        if secret is None or not secret.get_secret_value():
            raise ChannelUnknown("the brand has no such channel", provider=provider)
        if provider == Kind.LINE:
            return notices.from_line(body, headers, secret.get_secret_value(), now, wall)
        if provider == Kind.EMAIL and bounces.is_mail(headers):
            return [*bounces.from_mail(body, headers, secret.get_secret_value(), now, wall.timestamp())]
        return notices.from_adapter(body, headers, secret.get_secret_value(), now, wall.timestamp())

    async def ListAddresses(self, request: pb.ListAddressesRequest, context: Any) -> pb.ListAddressesResponse:
        """Where a member can be written to."""
        member_id = fields.identifier("member_id", request.member_id)
        async with self._db.transaction() as tx:
            await reading.require_member(tx, member_id)
            found = await self._book.listed(tx, member_id)
            await looks.note(tx, self._clock(), "ListAddresses", member_id=member_id)
        return pb.ListAddressesResponse(addresses=[_address(one) for one in found])

    async def GetPushKey(self, request: pb.GetPushKeyRequest, context: Any) -> pb.GetPushKeyResponse:
        """What browsers subscribe with."""
        return pb.GetPushKeyResponse(public_key=push.public_key(self._push_key()))

    async def AddPushSubscription(
        self, request: pb.AddPushSubscriptionRequest, context: Any
    ) -> pb.AddPushSubscriptionResponse:
        """Keeps a browser's subscription."""
        self._push_key()
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        keys = {name: fields.text(name, getattr(request, name), _LONGEST_KEY) for name in ("p256dh", "auth")}
        subscription = {"endpoint": request.endpoint, "keys": keys}
        if not endpoints.allowed(request.endpoint, self._settings.push_services()):
            raise invalid("endpoint", "must be that of a push service which the brand trusts")
        if not push.well_formed(subscription):
            raise invalid("p256dh", "must be a browser's own, with its `auth`")

        async def work(tx: Any) -> pb.AddPushSubscriptionResponse:
            await reading.require_member(tx, member_id)
            kept = await self._book.subscribe(tx, member_id, subscription, self._clock())
            return pb.AddPushSubscriptionResponse(subscription_id=kept)

        once = asked(self._vault, "AddPushSubscription", request, "endpoint", "p256dh", "auth")
        return await requests.once(self._db, once, work, pb.AddPushSubscriptionResponse)

    async def RemovePushSubscription(
        self, request: pb.RemovePushSubscriptionRequest, context: Any
    ) -> pb.RemovePushSubscriptionResponse:
        """Ends it."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        subscription_id = fields.identifier("subscription_id", request.subscription_id)

        async def work(tx: Any) -> pb.RemovePushSubscriptionResponse:
            await self._book.unsubscribe(tx, member_id, subscription_id)
            return pb.RemovePushSubscriptionResponse()

        once = requests.Request.of("RemovePushSubscription", request)
        return await requests.once(self._db, once, work, pb.RemovePushSubscriptionResponse)

    def _push_key(self) -> str:
        key = self._settings.push_private_key.get_secret_value()
        if not key:
            raise ChannelUnknown("the brand has no web push", channel=Kind.PUSH.value)
        return key


def _address(one: Listed) -> talk_pb.ReachAddress:
    return talk_pb.ReachAddress(
        channel=one.channel,
        masked=one.masked,
        verified=one.verified,
        end_code=one.end_code,
        end_detail=one.end_detail,
        end_time=fields.timestamp(one.end_time) if one.end_time else None,
    )
