"""Questions and commands of a till, each with a deadline; a refusal is an exception that says why."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from omo.order.v1 import counter_service_pb2 as counter
from omo.order.v1 import counter_service_pb2_grpc, tryout_service_pb2_grpc
from omo.order.v1 import tryout_service_pb2 as tryouts
from omo.order.v1.fulfilment_service_pb2 import HandedOverLots
from omo.storelink.v1 import till_service_pb2 as pb
from omo.storelink.v1 import till_service_pb2_grpc as rpc
from omo_storelink.door import Door
from omo_storelink.errors import Offline, Refused

_DETAILS = "grpc-status-details-bin"
# there is somebody at the counter: after this the till goes on without the answer
DEADLINE = 3.0
_SILENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)

M = TypeVar("M", bound=Message)


def _counter(channel: Any) -> Any:
    return counter_service_pb2_grpc.CounterServiceStub(channel)


def _tryouts(channel: Any) -> Any:
    return tryout_service_pb2_grpc.TryoutServiceStub(channel)


class Questions:
    """TillService for one terminal; `signed_in` adds the staff member whose token every call then carries.

    A command may be asked again with the same request_id after `Offline`: it
    is then done once, whatever became of the first try.
    """

    def __init__(self, door: Door, deadline: float = DEADLINE) -> None:
        self._door = door
        self._deadline = deadline
        self._staff_token = ""

    async def sign_in(self, staff_code: str, pin: str) -> pb.SignInStaffResponse:
        """Signs a staff member in on this terminal; from now on calls are asked in that name."""
        request = pb.SignInStaffRequest(staff_code=staff_code, pin=pin)
        reply = await self.ask("SignInStaff", request, pb.SignInStaffResponse)
        self._staff_token = reply.session.access_token
        return reply

    def sign_out(self) -> None:
        """The terminal asks for itself again."""
        self._staff_token = ""

    async def find_member(self, key: str) -> pb.FindMemberResponse:
        """By exact phone, e-mail address, card or id, or by the code on his screen; masked."""
        return await self.ask("FindMember", pb.FindMemberRequest(key=key), pb.FindMemberResponse)

    async def member_code_keys(self) -> str:
        """The JWK set by which `Till.member_codes` reads without a line."""
        request = pb.GetMemberCodeKeysRequest()
        return (await self.ask("GetMemberCodeKeys", request, pb.GetMemberCodeKeysResponse)).jwks_json

    async def enrol_member(self, request: pb.EnrolMemberRequest) -> pb.EnrolMemberResponse:
        """In this store, by the staff member signed in."""
        return await self.ask("EnrolMember", request, pb.EnrolMemberResponse)

    async def member_panel(self, member_id: str) -> pb.GetMemberPanelResponse:
        """Everything about a member that matters here; `missing` names owners that did not answer."""
        request = pb.GetMemberPanelRequest(member_id=member_id)
        return await self.ask("GetMemberPanel", request, pb.GetMemberPanelResponse)

    async def list_calls(self, limit: int = 20) -> pb.ListCallsResponse:
        """Whom whoever is signed in should call, and why."""
        return await self.ask("ListCalls", pb.ListCallsRequest(limit=limit), pb.ListCallsResponse)

    async def record_trial(self, request: pb.RecordTrialRequest) -> pb.RecordTrialResponse:
        """What was tried at the counter, and how it ended."""
        return await self.ask("RecordTrial", request, pb.RecordTrialResponse)

    async def add_wish(self, request: pb.AddWishRequest) -> pb.AddWishResponse:
        """On the member's behalf."""
        return await self.ask("AddWish", request, pb.AddWishResponse)

    async def find_receipt(self, code: str) -> pb.FindReceiptResponse:
        """The sale whose receipt carries this code, wherever it was sold; or by its number, of this store."""
        return await self.ask("FindReceipt", pb.FindReceiptRequest(code=code), pb.FindReceiptResponse)

    async def spoil_invoice_numbers(self, request: pb.SpoilInvoiceNumbersRequest) -> pb.SpoilInvoiceNumbersResponse:
        """Numbers of this till that are on no sale, such as on paper that was torn."""
        return await self.ask("SpoilInvoiceNumbers", request, pb.SpoilInvoiceNumbersResponse)

    async def list_conversations(self, *, mine: bool = False, page_token: str = "") -> pb.ListConversationsResponse:
        """What shoppers have written to whoever is signed in and to the store, who waits longest first."""
        request = pb.ListConversationsRequest(mine=mine, page_token=page_token)
        return await self.ask("ListConversations", request, pb.ListConversationsResponse)

    async def read_conversation(self, conversation_id: str, after_sequence: int = 0) -> pb.ReadConversationResponse:
        """What was said."""
        request = pb.ReadConversationRequest(conversation_id=conversation_id, after_sequence=after_sequence)
        return await self.ask("ReadConversation", request, pb.ReadConversationResponse)

    async def reply(self, request: pb.ReplyToConversationRequest) -> pb.ReplyToConversationResponse:
        """In the name of whoever is signed in."""
        return await self.ask("ReplyToConversation", request, pb.ReplyToConversationResponse)

    async def quote(self, request: pb.QuoteRequest) -> pb.QuoteResponse:
        """What a sale would cost, as the server prices it."""
        return await self.ask("Quote", request, pb.QuoteResponse)

    async def wallet(self, member_id: str) -> pb.GetWalletResponse:
        """All that a member can spend here."""
        return await self.ask("GetWallet", pb.GetWalletRequest(member_id=member_id), pb.GetWalletResponse)

    async def hold_value(self, request: pb.HoldValueRequest) -> pb.HoldValueResponse:
        """What a sale will use, all or nothing, under its own id."""
        return await self.ask("HoldValue", request, pb.HoldValueResponse)

    async def release_value(self, request: pb.ReleaseValueRequest) -> pb.ReleaseValueResponse:
        """Of a sale that is not made."""
        return await self.ask("ReleaseValue", request, pb.ReleaseValueResponse)

    async def issue_voucher(self, request: pb.IssueVoucherRequest) -> pb.IssueVoucherResponse:
        """For this till, to be spent without a line: hand `statement` to `till.vouchers.keep`."""
        return await self.ask("IssueVoucher", request, pb.IssueVoucherResponse)

    async def find_gift_card(self, code: str) -> pb.FindGiftCardResponse:
        """By its code."""
        return await self.ask("FindGiftCard", pb.FindGiftCardRequest(code=code), pb.FindGiftCardResponse)

    async def take_cart(self, request_id: str, code: str) -> pb.TakeCartResponse:
        """The cart whose code a shopper shows; this till holds it for a quarter of an hour."""
        return await self.ask("TakeCart", pb.TakeCartRequest(request_id=request_id, code=code), pb.TakeCartResponse)

    async def change_cart(self, request: pb.ChangeCartRequest) -> pb.ChangeCartResponse:
        """Of a cart that this till holds, or a new one."""
        return await self.ask("ChangeCart", request, pb.ChangeCartResponse)

    async def cart_code(self, cart_id: str) -> pb.ShowCartCodeResponse:
        """For the shopper's phone, which has the cart from then on."""
        return await self.ask("ShowCartCode", pb.ShowCartCodeRequest(cart_id=cart_id), pb.ShowCartCodeResponse)

    async def settle_cart(self, request: pb.SettleCartRequest) -> pb.SettleCartResponse:
        """What the sale took goes out of it; the rest is the shopper's again."""
        return await self.ask("SettleCart", request, pb.SettleCartResponse)

    async def unlock_cart(self, request_id: str, cart_id: str) -> pb.UnlockCartResponse:
        """Given back unsold."""
        asked = pb.UnlockCartRequest(request_id=request_id, cart_id=cart_id)
        return await self.ask("UnlockCart", asked, pb.UnlockCartResponse)

    async def hold_stock(self, request: pb.HoldStockRequest) -> pb.HoldStockResponse:
        """All lines or none, of this store; with `allow_partial` what there is."""
        return await self.ask("HoldStock", request, pb.HoldStockResponse)

    async def extend_stock(self, request: pb.ExtendStockRequest) -> pb.ExtendStockResponse:
        """Moves its end; never past the hard cap."""
        return await self.ask("ExtendStock", request, pb.ExtendStockResponse)

    async def release_stock(self, request: pb.ReleaseStockRequest) -> pb.ReleaseStockResponse:
        """Gives it back."""
        return await self.ask("ReleaseStock", request, pb.ReleaseStockResponse)

    async def list_tasks(self, after_version: int = 0, page_size: int = 100) -> pb.ListTasksResponse:
        """What the store has to do, from a version on."""
        request = pb.ListTasksRequest(after_version=after_version, page_size=page_size)
        return await self.ask("ListTasks", request, pb.ListTasksResponse)

    async def accept(self, request_id: str, fulfilment_id: str) -> pb.AcceptFulfilmentResponse:
        """The store takes a task on."""
        request = pb.AcceptFulfilmentRequest(request_id=request_id, fulfilment_id=fulfilment_id)
        return await self.ask("AcceptFulfilment", request, pb.AcceptFulfilmentResponse)

    async def reject(self, request_id: str, fulfilment_id: str, reason: str) -> pb.RejectFulfilmentResponse:
        """The store cannot."""
        request = pb.RejectFulfilmentRequest(request_id=request_id, fulfilment_id=fulfilment_id, reason=reason)
        return await self.ask("RejectFulfilment", request, pb.RejectFulfilmentResponse)

    async def pick(self, request_id: str, fulfilment_id: str) -> pb.PickFulfilmentResponse:
        """Whoever is signed in picks."""
        request = pb.PickFulfilmentRequest(request_id=request_id, fulfilment_id=fulfilment_id)
        return await self.ask("PickFulfilment", request, pb.PickFulfilmentResponse)

    async def ready(self, request_id: str, fulfilment_id: str) -> pb.ReadyFulfilmentResponse:
        """It waits for the shopper."""
        request = pb.ReadyFulfilmentRequest(request_id=request_id, fulfilment_id=fulfilment_id)
        return await self.ask("ReadyFulfilment", request, pb.ReadyFulfilmentResponse)

    async def hand_over(
        self, request_id: str, fulfilment_id: str, pin: str, lots: Iterable[HandedOverLots] = ()
    ) -> pb.HandOverFulfilmentResponse:
        """The shopper shows the PIN; which lots or serials he gets, if somebody looked."""
        request = pb.HandOverFulfilmentRequest(request_id=request_id, fulfilment_id=fulfilment_id, pin=pin, lots=lots)
        return await self.ask("HandOverFulfilment", request, pb.HandOverFulfilmentResponse)

    async def hold_delivery(self, request: counter.HoldDeliveryRequest) -> counter.HoldDeliveryResponse:
        """Of a sale with lines that are not carried out, as `deliveries.to_hold` says them."""
        return await self.ask("HoldDelivery", request, counter.HoldDeliveryResponse, _counter)

    async def release_delivery(self, sale_id: str) -> counter.ReleaseDeliveryResponse:
        """Of a sale that is not made."""
        request = counter.ReleaseDeliveryRequest(sale_id=sale_id)
        return await self.ask("ReleaseDelivery", request, counter.ReleaseDeliveryResponse, _counter)

    async def settle_visit(self, request: counter.SettleVisitRequest) -> counter.SettleVisitResponse:
        """What comes back, what is left of a pickup, and what is taken instead, in one document."""
        return await self.ask("SettleVisit", request, counter.SettleVisitResponse, _counter)

    async def list_tryouts(self) -> tryouts.ListTryoutsResponse:
        """What is reserved in this store to be tried on."""
        request = tryouts.ListTryoutsRequest(open=True, page_size=100)
        return await self.ask("ListTryouts", request, tryouts.ListTryoutsResponse, _tryouts)

    async def ask(self, verb: str, request: Message, answer: type[M], service: Callable[[Any], Any] | None = None) -> M:
        """Any method of TillService by its name, or of another service of the door's."""
        stub = (service or rpc.TillServiceStub)(self._door.channel)
        with _spoken(self._door):
            metadata = await self._door.metadata()
            if self._staff_token:
                metadata = (*metadata, ("omo-staff", f"Bearer {self._staff_token}"))
            reply = await getattr(stub, verb)(request, metadata=metadata, timeout=self._deadline)
        assert isinstance(reply, answer)
        return reply


@contextmanager
def _spoken(door: Door) -> Iterator[None]:
    """Turns gRPC's errors into ours."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() in _SILENT:
            raise Offline(f"{error.code().name}: {error.details()}") from None
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            door.forget_token()
        raise _refusal(error) from None


def _refusal(error: grpc.aio.AioRpcError) -> Refused:
    info = error_details_pb2.ErrorInfo()
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            for detail in status_pb2.Status.FromString(value).details:
                detail.Unpack(info)
    code = error.code().name
    return Refused(code, info.reason or code, error.details() or code, dict(info.metadata))
