"""Headquarters: returns to a warehouse, the reversal boards, and the brand's terms of return."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LinePath, OrderPath, PageSize, PageToken, Shown, eg, kinds
from gateway.http.shapes.returned import (
    Board,
    BoardAnswer,
    BoardPage,
    CorrectSerial,
    Reason,
    RefundPath,
    Return,
    ReturnAnswer,
    ReturnPage,
    ReturnPath,
    SerialCorrected,
    Settle,
)
from gateway.http.staff.returns import Arrive, Dispose, Drop, Receive, SendOn, TakeBack
from omo.order.v1 import returns_pb2
from omo.order.v1 import returns_service_pb2 as pb
from omo.order.v1 import serial_service_pb2 as serials_pb

router = APIRouter(route_class=Door, tags=["HQ: returns"])

_Days = Annotated[int, Field(strict=True, ge=0, le=3_650)]
_ByName = dict[Annotated[str, StringConstraints(min_length=1, max_length=64)], _Days]


_DELIVERY_BACK = "When a shipping fee comes back: once all it was for did, or then for a free reason only."


class ReturnPolicy(Shown):
    """The brand's terms of return."""

    version: Annotated[int, eg(3)]
    days: Annotated[int, eg(30)]
    category_days: Annotated[dict[str, int], eg({"Underwear": 0})]
    tier_days: Annotated[dict[str, int], eg({"gold": 60})]
    tender_order: Annotated[str | None, kinds(returns_pb2.TenderOrder, "VALUE_FIRST")]
    credit_choice: Annotated[bool, eg(True)]
    unverified_cap: Annotated[int, eg(2000)]
    authorise: Annotated[bool, eg(False)]
    withhold: Annotated[bool, eg(False)]
    points_seconds: Annotated[int, eg(0)]
    repeat_limit: Annotated[int, eg(5)]
    coupon_back: Annotated[bool, eg(True)]
    late_seconds: Annotated[int, eg(600)]
    partial: Annotated[str | None, kinds(returns_pb2.PartialReturn, "KEEP")]
    restocking_bp: Annotated[int, eg(0)]
    return_shipping: Annotated[int, eg(80)]
    free_reasons: Annotated[list[str], eg(["DEFECTIVE"])]
    delivery_back: Annotated[str | None, kinds(returns_pb2.DeliveryBack, "WHOLE", _DELIVERY_BACK)]
    announced_only: Annotated[bool, eg(True)]


class PolicyAnswer(Shown):
    """The terms in force."""

    policy: ReturnPolicy


class Terms(Asked):
    """New terms, from now on."""

    days: Annotated[_Days, eg(30)] = 30
    category_days: Annotated[_ByName, Field(max_length=200), eg({"Underwear": 0})] = {}
    tier_days: Annotated[_ByName, Field(max_length=200), eg({"gold": 60})] = {}
    tender_order: Annotated[
        str,
        StringConstraints(pattern="^(VALUE_FIRST|FIRST_PAID|LAST_PAID|RATIO)$"),
        kinds(returns_pb2.TenderOrder, "VALUE_FIRST"),
    ] = "VALUE_FIRST"
    credit_choice: Annotated[bool, eg(True)] = True
    unverified_cap: Annotated[int, Field(strict=True, ge=0, le=10**12), eg(2000)] = 0
    authorise: Annotated[bool, eg(False)] = False
    withhold: Annotated[bool, eg(False)] = False
    points_seconds: Annotated[int, Field(strict=True, ge=0, le=3_600), eg(0)] = 0
    repeat_limit: Annotated[int, Field(strict=True, ge=0, le=1_000), eg(5)] = 0
    coupon_back: Annotated[bool, eg(True)] = True
    late_seconds: Annotated[int, Field(strict=True, ge=1, le=604_800), eg(600)] = 600
    partial: Annotated[
        str,
        StringConstraints(pattern="^(KEEP|REQUALIFY|WHOLE_SET)$"),
        kinds(returns_pb2.PartialReturn, "KEEP"),
    ] = "KEEP"
    restocking_bp: Annotated[int, Field(strict=True, ge=0, le=10_000), eg(0)] = 0
    return_shipping: Annotated[int, Field(strict=True, ge=0, le=10**12), eg(80)] = 0
    free_reasons: Annotated[list[Reason], Field(max_length=200), eg(["DEFECTIVE"])] = []
    delivery_back: Annotated[
        str,
        StringConstraints(pattern="^(WHOLE|FREE_REASONS)$"),
        kinds(returns_pb2.DeliveryBack, "WHOLE", _DELIVERY_BACK),
    ] = "WHOLE"
    announced_only: Annotated[bool, eg(True)] = False


class PutPolicy(Asked):
    """The terms as they are to be, whole."""

    policy: Terms


@router.get("/v1/hq/returns", operation_id="list_returns", response_model=ReturnPage)
async def list_returns(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["WH1"], description="None: all.")] = "",
    state: Annotated[str, Query(pattern="^(|[A-Z]{1,16})$", examples=["RECEIVED"])] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Returns of all places, newest first."""
    request = pb.ListReturnsRequest(location_id=location, page_size=page_size, page_token=page_token)
    translation.choose(request, state=state)
    reply = await ask(ask.to.returns.ListReturns, request)
    return asking.page(Return, "returns", reply.returns, reply.next_page_token)


@router.post(
    "/v1/hq/orders/{order_id}/returns",
    operation_id="open_return",
    response_model=ReturnAnswer,
    status_code=status.HTTP_201_CREATED,
)
async def open_return(order_id: OrderPath, body: TakeBack, ask: Asking) -> Response:
    """Takes units back at a warehouse, or on the shopper's behalf."""
    request = translation.fill(pb.OpenReturnRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.OpenReturn, request), status.HTTP_201_CREATED)


@router.post("/v1/hq/returns/{return_id}/authorise", operation_id="authorise_return", response_model=ReturnAnswer)
async def authorise_return(return_id: ReturnPath, ask: Asking) -> Response:
    """Agrees to what a shopper asked for."""
    request = pb.AuthoriseReturnRequest(request_id=ask.key, return_id=return_id)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.AuthoriseReturn, request))


@router.post(
    "/v1/hq/returns/{return_id}/receive", operation_id="receive_return_at_warehouse", response_model=ReturnAnswer
)
async def receive_return_at_warehouse(return_id: ReturnPath, body: Receive, ask: Asking) -> Response:
    """The goods are here: the refund is granted."""
    request = translation.fill(pb.ReceiveReturnRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.ReceiveReturn, request))


@router.post("/v1/hq/returns/{return_id}/send-on", operation_id="send_any_return_on", response_model=ReturnAnswer)
async def send_any_return_on(return_id: ReturnPath, body: SendOn, ask: Asking) -> Response:
    """Sends what a drop point received on to where somebody looks at it; the transfer has the return's id."""
    request = translation.fill(pb.SendOnReturnRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.SendOnReturn, request))


@router.post("/v1/hq/returns/{return_id}/arrive", operation_id="arrive_any_return", response_model=ReturnAnswer)
async def arrive_any_return(return_id: ReturnPath, body: Arrive, ask: Asking) -> Response:
    """What a drop point had received is where somebody can look at it, put aside."""
    request = translation.fill(pb.ArriveReturnRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.ArriveReturn, request))


@router.post("/v1/hq/returns/{return_id}/dispose", operation_id="dispose_units_anywhere", response_model=ReturnAnswer)
async def dispose_units_anywhere(return_id: ReturnPath, body: Dispose, ask: Asking) -> Response:
    """Changes what becomes of units that were received, such as in a warehouse; stock follows."""
    request = translation.fill(pb.DisposeUnitsRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.DisposeUnits, request))


@router.post("/v1/hq/returns/{return_id}/cancel", operation_id="cancel_any_return", response_model=ReturnAnswer)
async def cancel_any_return(return_id: ReturnPath, body: Drop, ask: Asking) -> Response:
    """Nothing will come: the units are free again."""
    request = pb.CancelReturnRequest(request_id=ask.key, return_id=return_id, reason=body.reason)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.CancelReturn, request))


@router.get("/v1/hq/refunds", operation_id="list_boards", response_model=BoardPage)
async def list_boards(
    ask: Asking,
    late: Annotated[bool, Query(description="Only those of which an answer is overdue.")] = False,
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Refunds of which something is still to be done, oldest first."""
    request = pb.ListBoardsRequest(late=late, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.returns.ListBoards, request)
    return asking.page(Board, "boards", reply.boards, reply.next_page_token)


@router.get("/v1/hq/refunds/{refund_id}/board", operation_id="get_any_board", response_model=BoardAnswer)
async def get_any_board(refund_id: RefundPath, ask: Asking) -> Response:
    """Every consequence of a refund: done, pending, a debt or refused."""
    return asking.answer(BoardAnswer, await ask(ask.to.returns.GetBoard, pb.GetBoardRequest(refund_id=refund_id)))


@router.post("/v1/hq/refunds/{refund_id}/pay", operation_id="pay_refund", response_model=BoardAnswer)
async def pay_refund(refund_id: RefundPath, ask: Asking) -> Response:
    """Moves the money of a refund that was only granted."""
    request = pb.PayRefundRequest(request_id=ask.key, refund_id=refund_id)
    return asking.answer(BoardAnswer, await ask(ask.to.returns.PayRefund, request))


@router.post("/v1/hq/refunds/{refund_id}/retry", operation_id="retry_reversals", response_model=BoardAnswer)
async def retry_reversals(refund_id: RefundPath, ask: Asking) -> Response:
    """Asks everybody again who has not answered, and the provider where it refused."""
    request = pb.RetryReversalsRequest(request_id=ask.key, refund_id=refund_id)
    return asking.answer(BoardAnswer, await ask(ask.to.returns.RetryReversals, request))


@router.post("/v1/hq/refunds/{refund_id}/settle", operation_id="settle_reversal", response_model=BoardAnswer)
async def settle_reversal(refund_id: RefundPath, body: Settle, ask: Asking) -> Response:
    """Says of a consequence that it is done, though its owner does not."""
    request = translation.fill(pb.SettleReversalRequest(request_id=ask.key, refund_id=refund_id), body)
    return asking.answer(BoardAnswer, await ask(ask.to.returns.SettleReversal, request))


@router.get("/v1/hq/return-policy", operation_id="get_return_policy", response_model=PolicyAnswer)
async def get_return_policy(ask: Asking) -> Response:
    """The terms of return in force."""
    return asking.answer(PolicyAnswer, await ask(ask.to.returns.GetReturnPolicy, pb.GetReturnPolicyRequest()))


@router.put("/v1/hq/return-policy", operation_id="put_return_policy", response_model=PolicyAnswer)
async def put_return_policy(body: PutPolicy, ask: Asking) -> Response:
    """New terms of return, from now on; what is open keeps its flags."""
    request = translation.fill(pb.PutReturnPolicyRequest(request_id=ask.key), body)
    return asking.answer(PolicyAnswer, await ask(ask.to.returns.PutReturnPolicy, request))


@router.post(
    "/v1/hq/orders/{order_id}/units/{line_no}/serial", operation_id="correct_serial", response_model=SerialCorrected
)
async def correct_serial(order_id: OrderPath, line_no: LinePath, body: CorrectSerial, ask: Asking) -> Response:
    """Says which serial a unit really left with, where somebody scanned another one: that is free again."""
    asked = serials_pb.CorrectSerialRequest(request_id=ask.key, order_id=order_id, line_no=line_no)
    return asking.answer(SerialCorrected, await ask(ask.to.serials.CorrectSerial, translation.fill(asked, body)))
