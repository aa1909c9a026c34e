"""Goods that come back to a store, from any order, and money that a till pays out for them."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, LinePath, LocationId, OrderPath, PageSize, PageToken, eg
from gateway.http.shapes.returned import (
    Becomes,
    BoardAnswer,
    CorrectSerial,
    Preview,
    Reason,
    RefundPath,
    Return,
    ReturnAnswer,
    ReturnedUnits,
    ReturnPage,
    ReturnPath,
    SerialCorrected,
    SerialReason,
    Settle,
)
from omo.order.v1 import returns_service_pb2 as pb
from omo.order.v1 import serial_service_pb2 as serials_pb

router = APIRouter(route_class=Door, tags=["Staff: returns"])

Units = Annotated[list[ReturnedUnits], Field(min_length=1, max_length=100)]


class Look(Asked):
    """What somebody thinks of bringing back."""

    units: Annotated[list[ReturnedUnits], Field(max_length=100), eg([], "None: all that can be returned.")] = []
    as_credit: Annotated[bool, eg(False, "Shopping credit instead of money.")] = False


class TakeBack(Asked):
    """Units that are here, or are to come."""

    units: Units
    reason: Reason
    location_id: LocationId
    received: Annotated[bool, eg(True, "The goods are here: request and receipt in one step.")] = True
    verified: Annotated[bool, eg(True, "Somebody saw the receipt, or knows the member.")] = False
    as_credit: Annotated[bool, eg(False, "Shopping credit instead of money.")] = False
    override: Annotated[bool, eg(False, "A manager takes it although it is too late.")] = False
    exchange_order_id: Annotated[
        str | None, StringConstraints(min_length=36, max_length=36), eg(None, "What the shopper takes instead.")
    ] = None
    waive_fees: Annotated[bool, eg(False, "A manager lets the shopper off what the brand keeps.")] = False
    serial_reason: SerialReason = ""


class Receive(Asked):
    """What came."""

    location_id: LocationId
    units: Annotated[list[ReturnedUnits], Field(max_length=100), eg([], "None: all of it, to be restocked.")] = []
    serial_reason: SerialReason = ""


class SendOn(Asked):
    """Where it goes from a drop point."""

    to_location_id: Annotated[LocationId, eg("WH1", "Where somebody can look at it: no drop point.")]


class Arrive(Asked):
    """Where it is now."""

    location_id: LocationId


class Dispose(Asked):
    """What becomes of units that were received."""

    line_no: Annotated[int, Field(strict=True, ge=1, le=1_000), eg(1)]
    first_unit: Annotated[int, Field(strict=True, ge=0), eg(0)]
    last_unit: Annotated[int, Field(strict=True, ge=0), eg(0)]
    disposition: Becomes
    reason: Reason


class Drop(Asked):
    """Why nothing will come."""

    reason: Reason


@router.post(
    "/v1/staff/orders/{order_id}/returns/preview", operation_id="preview_return_in_store", response_model=Preview
)
async def preview_return_in_store(order_id: OrderPath, body: Look, ask: Asking) -> Response:
    """What a return would give, by which tenders; nothing is written."""
    request = translation.fill(pb.PreviewReturnRequest(order_id=order_id), body)
    return asking.answer(Preview, await ask(ask.to.returns.PreviewReturn, request))


@router.post(
    "/v1/staff/orders/{order_id}/returns",
    operation_id="take_back",
    response_model=ReturnAnswer,
    status_code=status.HTTP_201_CREATED,
)
async def take_back(order_id: OrderPath, body: TakeBack, ask: Asking) -> Response:
    """Takes units of any order back in this store: the refund is granted, stock, points and credits follow."""
    request = translation.fill(pb.OpenReturnRequest(request_id=ask.key, order_id=order_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.OpenReturn, request), status.HTTP_201_CREATED)


@router.get("/v1/staff/orders/{order_id}/returns", operation_id="list_order_returns", response_model=ReturnPage)
async def list_order_returns(order_id: OrderPath, ask: Asking) -> Response:
    """An order's returns, whoever opened them and wherever."""
    reply = await ask(ask.to.returns.ListReturns, pb.ListReturnsRequest(order_id=order_id))
    return asking.page(Return, "returns", reply.returns, reply.next_page_token)


@router.get("/v1/staff/returns", operation_id="list_store_returns", response_model=ReturnPage)
async def list_store_returns(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    state: Annotated[str, Query(pattern="^(|[A-Z]{1,16})$", examples=["REQUESTED"])] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """What comes back to a store, newest first."""
    request = pb.ListReturnsRequest(location_id=location, page_size=page_size, page_token=page_token)
    translation.choose(request, state=state)
    reply = await ask(ask.to.returns.ListReturns, request)
    return asking.page(Return, "returns", reply.returns, reply.next_page_token)


@router.get("/v1/staff/returns/{return_id}", operation_id="get_return", response_model=ReturnAnswer)
async def get_return(return_id: ReturnPath, ask: Asking) -> Response:
    """One return."""
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.GetReturn, pb.GetReturnRequest(return_id=return_id)))


@router.post(
    "/v1/staff/returns/{return_id}/authorise", operation_id="authorise_return_in_store", response_model=ReturnAnswer
)
async def authorise_return_in_store(return_id: ReturnPath, ask: Asking) -> Response:
    """Agrees to what a shopper asked for."""
    request = pb.AuthoriseReturnRequest(request_id=ask.key, return_id=return_id)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.AuthoriseReturn, request))


@router.post("/v1/staff/returns/{return_id}/receive", operation_id="receive_return", response_model=ReturnAnswer)
async def receive_return(return_id: ReturnPath, body: Receive, ask: Asking) -> Response:
    """The goods are here, whoever opened the return and wherever: the refund is granted."""
    request = translation.fill(pb.ReceiveReturnRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.ReceiveReturn, request))


@router.post("/v1/staff/returns/{return_id}/send-on", operation_id="send_return_on", response_model=ReturnAnswer)
async def send_return_on(return_id: ReturnPath, body: SendOn, ask: Asking) -> Response:
    """Sends what this drop point received on to where somebody looks at it; the transfer has the return's id."""
    request = translation.fill(pb.SendOnReturnRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.SendOnReturn, request))


@router.post("/v1/staff/returns/{return_id}/arrive", operation_id="arrive_return", response_model=ReturnAnswer)
async def arrive_return(return_id: ReturnPath, body: Arrive, ask: Asking) -> Response:
    """What a drop point had received is here, put aside; then somebody says what becomes of it."""
    request = translation.fill(pb.ArriveReturnRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.ArriveReturn, request))


@router.post("/v1/staff/returns/{return_id}/dispose", operation_id="dispose_units", response_model=ReturnAnswer)
async def dispose_units(return_id: ReturnPath, body: Dispose, ask: Asking) -> Response:
    """Changes what becomes of units that were received, such as from quarantine to the shelf; stock follows."""
    request = translation.fill(pb.DisposeUnitsRequest(request_id=ask.key, return_id=return_id), body)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.DisposeUnits, request))


@router.post("/v1/staff/returns/{return_id}/cancel", operation_id="cancel_return_in_store", response_model=ReturnAnswer)
async def cancel_return_in_store(return_id: ReturnPath, body: Drop, ask: Asking) -> Response:
    """Nothing will come: the units are free again."""
    request = pb.CancelReturnRequest(request_id=ask.key, return_id=return_id, reason=body.reason)
    return asking.answer(ReturnAnswer, await ask(ask.to.returns.CancelReturn, request))


@router.get("/v1/staff/refunds/{refund_id}/board", operation_id="get_board", response_model=BoardAnswer)
async def get_board(refund_id: RefundPath, ask: Asking) -> Response:
    """Every consequence of a refund: done, pending, a debt or refused."""
    return asking.answer(BoardAnswer, await ask(ask.to.returns.GetBoard, pb.GetBoardRequest(refund_id=refund_id)))


@router.post("/v1/staff/refunds/{refund_id}/settle", operation_id="pay_out_refund", response_model=BoardAnswer)
async def pay_out_refund(refund_id: RefundPath, body: Settle, ask: Asking) -> Response:
    """Says that money which no provider can move was paid out."""
    request = translation.fill(pb.SettleReversalRequest(request_id=ask.key, refund_id=refund_id), body)
    return asking.answer(BoardAnswer, await ask(ask.to.returns.SettleReversal, request))


@router.post(
    "/v1/staff/orders/{order_id}/units/{line_no}/serial",
    operation_id="correct_serial_in_store",
    response_model=SerialCorrected,
)
async def correct_serial_in_store(order_id: OrderPath, line_no: LinePath, body: CorrectSerial, ask: Asking) -> Response:
    """Says which serial a unit really left with, where somebody scanned another one: that is free again."""
    asked = serials_pb.CorrectSerialRequest(request_id=ask.key, order_id=order_id, line_no=line_no)
    return asking.answer(SerialCorrected, await ask(ask.to.serials.CorrectSerial, translation.fill(asked, body)))
