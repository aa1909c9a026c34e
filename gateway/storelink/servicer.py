"""Questions and commands of a till as gRPC: each goes to its owner, with the store of the device's token filled in."""

from typing import Any

from gateway.storelink.callers import Callers, asking
from gateway.storelink.holds import TillHolds
from omo.member.v1 import access_pb2, conversation_pb2
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import conversation_service_pb2 as conversation
from omo.member.v1 import conversation_service_pb2_grpc as conversation_rpc
from omo.member.v1 import identity_service_pb2 as identity
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.member.v1 import points_service_pb2 as points
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from omo.order.v1 import fulfilment_service_pb2 as fulfilment
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import order_service_pb2 as order
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.storelink.v1 import till_service_pb2 as pb


class TillServicer(TillHolds):
    """Asks as the staff member where one is signed in, else as the device."""

    def __init__(self, callers: Callers, member: Any, order_: Any, inventory: Any, attribution: Any) -> None:
        super().__init__(callers, member, order_, inventory, attribution)
        self._access = access_rpc.AccessServiceStub(member)
        self._identity = identity_rpc.IdentityServiceStub(member)
        self._profile = points_rpc.ProfileServiceStub(member)
        self._conversations = conversation_rpc.ConversationServiceStub(member)
        self._orders = order_rpc.OrderServiceStub(order_)
        self._fulfilments = fulfilment_rpc.FulfilmentServiceStub(order_)

    async def EnrolTerminal(self, request: pb.EnrolTerminalRequest, context: Any) -> pb.EnrolTerminalResponse:
        """A one-time code becomes a credential."""
        made = await self._access.EnrolTerminal(access_pb.EnrolTerminalRequest(code=request.code))
        return pb.EnrolTerminalResponse(terminal=made.terminal, device_secret=made.device_secret)

    async def SignInTerminal(self, request: pb.SignInTerminalRequest, context: Any) -> pb.SignInTerminalResponse:
        """A credential becomes a device token."""
        asked = access_pb.IssueDeviceTokenRequest(terminal_id=request.terminal_id, device_secret=request.device_secret)
        issued = await self._access.IssueDeviceToken(asked)
        session = access_pb2.Session(
            access_token=issued.access_token,
            access_expire_time=issued.expire_time,
            principal_id=issued.terminal.terminal_id,
        )
        return pb.SignInTerminalResponse(session=session, terminal=issued.terminal)

    async def SignInStaff(self, request: pb.SignInStaffRequest, context: Any) -> pb.SignInStaffResponse:
        """The owner knows the terminal by its token."""
        asked = access_pb.SignInStaffRequest(staff_code=request.staff_code, pin=request.pin)
        signed_in = await self._access.SignInStaff(asked)
        return pb.SignInStaffResponse(session=signed_in.session, staff=signed_in.staff)

    async def FindMember(self, request: pb.FindMemberRequest, context: Any) -> pb.FindMemberResponse:
        """One exact key, masked."""
        with asking(await self._callers.staff(context)):
            found = await self._identity.FindMember(identity.FindMemberRequest(key=request.key))
        if found.candidates:
            return pb.FindMemberResponse(found_by=found.found_by, candidates=found.candidates)
        return pb.FindMemberResponse(member=found.member, standing=found.standing, found_by=found.found_by)

    async def GetMemberCodeKeys(
        self, request: pb.GetMemberCodeKeysRequest, context: Any
    ) -> pb.GetMemberCodeKeysResponse:
        """What anybody may have."""
        published = await self._access.GetJwks(access_pb.GetJwksRequest())
        return pb.GetMemberCodeKeysResponse(jwks_json=published.jwks_json)

    async def EnrolMember(self, request: pb.EnrolMemberRequest, context: Any) -> pb.EnrolMemberResponse:
        """Enrols in this store."""
        with asking(await self._callers.staff(context)) as caller:
            enrolled = await self._identity.EnrolMember(
                identity.EnrolMemberRequest(
                    request_id=request.request_id,
                    member_id=request.member_id,
                    phone=request.phone,
                    display_name=request.display_name,
                    card_no=request.card_no,
                    location_id=caller.location_id,
                    if_taken=request.if_taken,
                )
            )
        return pb.EnrolMemberResponse(member=enrolled.member, existed=enrolled.existed)

    async def AddWish(self, request: pb.AddWishRequest, context: Any) -> pb.AddWishResponse:
        """On the member's behalf."""
        asked = points.AddWishRequest(
            request_id=request.request_id, member_id=request.member_id, sku=request.sku, note=request.note
        )
        with asking(await self._callers.staff(context)):
            added = await self._profile.AddWish(asked)
        return pb.AddWishResponse(wish=added.wish)

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: Any
    ) -> pb.ListConversationsResponse:
        """Of whoever is signed in, and of the store."""
        asked = conversation.ListConversationsRequest(
            state=conversation_pb2.CONVERSATION_STATE_OPEN,
            mine=request.mine,
            page_size=request.page_size,
            page_token=request.page_token,
        )
        with asking(await self._callers.staff(context)):
            found = await self._conversations.ListConversations(asked)
        return pb.ListConversationsResponse(conversations=found.conversations, next_page_token=found.next_page_token)

    async def ReadConversation(self, request: pb.ReadConversationRequest, context: Any) -> pb.ReadConversationResponse:
        """What was said."""
        asked = conversation.ReadConversationRequest(
            conversation_id=request.conversation_id,
            after_sequence=request.after_sequence,
            page_size=request.page_size,
        )
        with asking(await self._callers.staff(context)):
            found = await self._conversations.ReadConversation(asked)
        return pb.ReadConversationResponse(conversation=found.conversation, entries=found.entries)

    async def ReplyToConversation(
        self, request: pb.ReplyToConversationRequest, context: Any
    ) -> pb.ReplyToConversationResponse:
        """In the name of whoever is signed in."""
        asked = conversation.ReplyToConversationRequest(
            request_id=request.request_id,
            conversation_id=request.conversation_id,
            text=request.text,
            seen_sequence=request.seen_sequence,
        )
        with asking(await self._callers.staff(context)):
            said = await self._conversations.ReplyToConversation(asked)
        return pb.ReplyToConversationResponse(conversation=said.conversation, entry=said.entry)

    async def Quote(self, request: pb.QuoteRequest, context: Any) -> pb.QuoteResponse:
        """What it would cost in this store."""
        with asking(await self._callers.staff(context)) as caller:
            quoted = await self._orders.Quote(
                order.QuoteRequest(
                    request_id=request.request_id,
                    member_id=request.member_id,
                    channel_id=request.channel_id,
                    location_id=caller.location_id,
                    lines=request.lines,
                    coupon_codes=request.coupon_codes,
                    spend_points=request.spend_points,
                    spends=request.spends,
                )
            )
        return pb.QuoteResponse(quote=quoted.quote)

    async def ListTasks(self, request: pb.ListTasksRequest, context: Any) -> pb.ListTasksResponse:
        """Of this store only."""
        with asking(await self._callers.staff(context)) as caller:
            listed = await self._fulfilments.ListTasks(
                fulfilment.ListTasksRequest(
                    location_id=caller.location_id,
                    after_version=request.after_version,
                    page_size=request.page_size,
                )
            )
        return pb.ListTasksResponse(tasks=listed.tasks, version=listed.version)

    async def AcceptFulfilment(self, request: pb.AcceptFulfilmentRequest, context: Any) -> pb.AcceptFulfilmentResponse:
        """The store takes it on."""
        asked = fulfilment.AcceptFulfilmentRequest(request_id=request.request_id, fulfilment_id=request.fulfilment_id)
        with asking(await self._callers.staff(context)):
            done = await self._fulfilments.AcceptFulfilment(asked)
        return pb.AcceptFulfilmentResponse(fulfilment=done.fulfilment)

    async def RejectFulfilment(self, request: pb.RejectFulfilmentRequest, context: Any) -> pb.RejectFulfilmentResponse:
        """The store cannot."""
        asked = fulfilment.RejectFulfilmentRequest(
            request_id=request.request_id, fulfilment_id=request.fulfilment_id, reason=request.reason
        )
        with asking(await self._callers.staff(context)):
            done = await self._fulfilments.RejectFulfilment(asked)
        return pb.RejectFulfilmentResponse(fulfilment=done.fulfilment)

    async def PickFulfilment(self, request: pb.PickFulfilmentRequest, context: Any) -> pb.PickFulfilmentResponse:
        """Whoever is signed in picks."""
        with asking(await self._callers.staff(context)) as caller:
            done = await self._fulfilments.PickFulfilment(
                fulfilment.PickFulfilmentRequest(
                    request_id=request.request_id,
                    fulfilment_id=request.fulfilment_id,
                    picker_staff_code=caller.staff_code,
                )
            )
        return pb.PickFulfilmentResponse(fulfilment=done.fulfilment)

    async def ReadyFulfilment(self, request: pb.ReadyFulfilmentRequest, context: Any) -> pb.ReadyFulfilmentResponse:
        """It waits for the shopper."""
        asked = fulfilment.ReadyFulfilmentRequest(request_id=request.request_id, fulfilment_id=request.fulfilment_id)
        with asking(await self._callers.staff(context)):
            done = await self._fulfilments.ReadyFulfilment(asked)
        return pb.ReadyFulfilmentResponse(fulfilment=done.fulfilment)

    async def HandOverFulfilment(
        self, request: pb.HandOverFulfilmentRequest, context: Any
    ) -> pb.HandOverFulfilmentResponse:
        """The shopper proves it by PIN or code; order counts the tries."""
        asked = fulfilment.HandOverFulfilmentRequest(
            request_id=request.request_id,
            fulfilment_id=request.fulfilment_id,
            pin=request.pin,
            lots=request.lots,
            code=request.code,
        )
        with asking(await self._callers.staff(context)):
            done = await self._fulfilments.HandOverFulfilment(asked)
        return pb.HandOverFulfilmentResponse(fulfilment=done.fulfilment)
