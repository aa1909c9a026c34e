"""The passport of sold units: what each of the four owners knows of them, joined."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from google.protobuf.message import Message
from pydantic import BaseModel
from starlette.responses import Response

from gateway.http import problems
from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.baskets import Discount, Method
from gateway.http.shapes.credited import Credit, UnitRef
from gateway.http.shapes.fields import (
    ChannelId,
    LinePath,
    LocationId,
    MemberId,
    Money,
    OrderPath,
    Shown,
    Sku,
    StaffCode,
    Time,
    eg,
    kinds,
    price,
)
from gateway.http.shapes.lotted import UnitsOfAny
from gateway.http.shapes.returned import RETURN
from kit.errors import Fault
from omo.attribution.v1 import attribution_service_pb2 as attribution_pb
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.member.v1 import points_service_pb2 as points_pb
from omo.order.v1 import order_pb2, returns_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import channel_pb2, unit_pb2

router = APIRouter(route_class=Door, tags=["Units"])

_AT_ONCE = 100


class UnitReturn(Shown):
    """How units came back, or are about to."""

    return_id: Annotated[str, eg(RETURN)]
    state: Annotated[str | None, kinds(returns_pb2.ReturnState, "CLOSED")]
    location_id: LocationId
    business_time: Time | None
    disposition: Annotated[str | None, kinds(returns_pb2.Disposition, "RESTOCK")]
    amount: Annotated[Money | None, price(12160, "What these units had cost the shopper, in any tender.")]
    refund_state: Annotated[str | None, kinds(returns_pb2.RefundState, "PAID")]
    serial: Annotated[str | None, eg(None, "Which one came back for it, where that was said.")]


class UnitSale(Shown):
    """Order's part: what it was sold for, where it is on its way, and how it came back."""

    unit: UnitRef
    order_no: Annotated[str, eg("K7Q2M-9")]
    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    member_id: MemberId | None
    channel_kind: Annotated[str | None, kinds(channel_pb2.ChannelKind, "ONLINE")]
    channel_id: ChannelId | None
    location_id: LocationId | None
    business_time: Time | None
    list_amount: Annotated[Money | None, price(12800)]
    net_amount: Annotated[Money | None, price(12160)]
    tax_amount: Annotated[Money | None, price(579)]
    discounts: list[Discount]
    fulfilment_state: Annotated[str | None, kinds(order_pb2.FulfilmentState, "HANDED_OVER")]
    method: Method
    seller_staff_code: StaffCode | None
    returned: Annotated[UnitReturn | None, eg(None, "Set once they came back, or are about to.")]
    serial: Annotated[str | None, eg("SN-00042", "Which one it left as; null: it has none, or nobody said it.")]


class UnitMovement(Shown):
    """One movement in the stock journal."""

    movement_id: Annotated[str, eg("0199a5c2-7722-7f30-9c6d-3e4f5a6b7c8d")]
    location_id: LocationId
    kind: Annotated[str | None, kinds(stock_pb2.MovementKind, "HANDOVER")]
    quantity: Annotated[int, eg(-1)]
    business_time: Time | None
    lots: UnitsOfAny


class UnitStock(Shown):
    """Inventory's part."""

    unit: UnitRef
    movements: list[UnitMovement]
    allocated_location_id: LocationId | None


class UnitPoints(Shown):
    """Member's part."""

    unit: UnitRef
    line_points_earned: Annotated[int, eg(1216)]
    state: Annotated[str | None, kinds(points_pb.PointsLotState, "PENDING")]
    activate_time: Time | None
    rule_version: Annotated[str, eg("3")]


class UnitCredits(Shown):
    """Attribution's part."""

    unit: UnitRef
    credits: list[Credit]


class Missing(Shown):
    """A part that could not be had now."""

    part: Annotated[str, eg("points", "sale, stock, points or credits.")]
    reason: Annotated[str, eg("UNAVAILABLE")]


class Passports(Shown):
    """All that is known of a line's units. A part that is missing is named in `missing`: ask again for it."""

    sale: list[UnitSale]
    stock: list[UnitStock]
    points: list[UnitPoints]
    credits: list[UnitCredits]
    missing: Annotated[list[Missing], eg([])]


_PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("sale", UnitSale), ("stock", UnitStock), ("points", UnitPoints), ("credits", UnitCredits),
)  # fmt: skip


@router.get("/v1/staff/orders/{order_id}/units/{line_no}", operation_id="describe_units", response_model=Passports)
async def describe_units(order_id: OrderPath, line_no: LinePath, ask: Asking) -> Response:
    """The passports of a line's units, joined from their four owners."""
    return await _joined(ask, order_id, line_no)


@router.get("/v1/hq/orders/{order_id}/units/{line_no}", operation_id="describe_units_hq", response_model=Passports)
async def describe_units_hq(order_id: OrderPath, line_no: LinePath, ask: Asking) -> Response:
    """The passports of a line's units, joined from their four owners."""
    return await _joined(ask, order_id, line_no)


async def _joined(ask: Ask, order_id: str, line_no: int) -> Response:
    order = (await ask(ask.to.orders.GetOrder, pb.GetOrderRequest(order_id=order_id))).order
    line = next((line for line in order.lines if line.line_no == line_no), None)
    if line is None:
        raise problems.RouteUnknown("the order has no such line", domain=problems.DOMAIN, field="line_no")
    units = [_reference(order.order_id, line, run) for run in line.units] or [_whole(order.order_id, line)]
    sold = ask(ask.to.orders.DescribeUnits, pb.DescribeUnitsRequest(units=units[:_AT_ONCE]))
    (sale,) = await asking.together(sold)
    # order knows which units came back: the others are asked for the same runs, so that all parts are of the same units
    if isinstance(sale, pb.DescribeUnitsResponse):
        units = [one.unit for one in sale.units] or units
    others = await _others(ask, units[:_AT_ONCE])
    found: dict[str, Any] = {"missing": []}
    for (part, model), reply in zip(_PARTS, (sale, *others), strict=True):
        found[part] = _part(part, model, reply, found["missing"])
    return asking.encoded(found)


async def _others(ask: Ask, units: list[unit_pb2.UnitRef]) -> Sequence[Message | Exception]:
    """What inventory, member and attribution know."""
    return await asking.together(
        ask(ask.to.stock.DescribeUnits, stock_pb.DescribeUnitsRequest(units=units)),
        ask(ask.to.points.DescribeUnits, points_pb.DescribeUnitsRequest(units=units)),
        ask(ask.to.credits.DescribeUnits, attribution_pb.DescribeUnitsRequest(units=units)),
    )


def _part(part: str, model: type[BaseModel], reply: Message | Exception, missing: list[dict[str, str]]) -> list[Any]:
    if isinstance(reply, BaseException):
        fault: Fault = problems.of(reply)
        missing.append({"part": part, "reason": fault.reason})
        return []
    return translation.show_all(model, reply.units)  # type: ignore[attr-defined]  # all four answers have them


def _reference(order_id: str, line: order_pb2.OrderLine, run: order_pb2.UnitRun) -> unit_pb2.UnitRef:
    measure = line.quantity if line.by_measure else 0
    return unit_pb2.UnitRef(order_id=order_id, line_no=line.line_no, first=run.first, last=run.last, measure=measure)


def _whole(order_id: str, line: order_pb2.OrderLine) -> unit_pb2.UnitRef:
    """All units of a line that the order does not divide into runs."""
    last = 0 if line.by_measure else line.quantity - 1
    measure = line.quantity if line.by_measure else 0
    return unit_pb2.UnitRef(order_id=order_id, line_no=line.line_no, first=0, last=last, measure=measure)
