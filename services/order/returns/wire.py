"""Returns, refunds, boards and terms between protobuf and order."""

from collections.abc import Iterable, Sequence

from kit import fields, pan
from kit.errors import invalid
from omo.order.v1 import returns_pb2 as messages
from omo.order.v1 import returns_service_pb2 as pb
from omo.type.v1 import reversal_pb2, trade_pb2
from services.order.checkout.domain import Order
from services.order.checkout.wire import money
from services.order.returns.domain import Disposition, Return, SentOn, State, Units
from services.order.returns.domain_board import Kind, Row
from services.order.returns.domain_board import State as RowState
from services.order.returns.domain_fees import Fees
from services.order.returns.domain_refunds import Refund, RefundTender
from services.order.returns.domain_units import Asked
from services.order.returns.granting import Plan
from services.order.returns.wire_events import unit

_DISPOSED = {
    one: messages.Disposition.Value(f"DISPOSITION_{one.name}" if one else "DISPOSITION_UNSPECIFIED")
    for one in Disposition
}
_DISPOSITIONS: dict[int, Disposition] = {int(number): one for one, number in _DISPOSED.items()}
_MOST_REASON = 64
_MOST_SERIALS = 1_000


def asked(given: Iterable[pb.ReturnedUnits]) -> list[Asked]:
    """Units that somebody names."""
    return [
        Asked(one.line_no, one.quantity, one.first_unit if one.HasField("first_unit") else None,
              disposition(one.disposition), _serials(one))
        for one in given
    ]  # fmt: skip


def _serials(given: pb.ReturnedUnits) -> tuple[str, ...]:
    if len(given.serials) > min(max(given.quantity, 0), _MOST_SERIALS):
        raise invalid("units.serials", f"must be no more than the units, and at most {_MOST_SERIALS}")
    found = tuple(fields.code("units.serials", one) for one in given.serials)
    if len(set(found)) < len(found):
        raise invalid("units.serials", "must name each serial once")
    return found


def serial_reason(given: str) -> str:
    """Why serials that do not fit are taken; nothing, where that is not said."""
    pan.refuse("serial_reason", given)
    return fields.text("serial_reason", given, _MOST_REASON, empty=True)


def disposition(given: int, *, needed: bool = False) -> Disposition:
    """What becomes of units; nothing said yet, unless it must be."""
    if given not in _DISPOSITIONS or (needed and not given):
        raise invalid("disposition", "must be RESTOCK, DAMAGED, QUARANTINE, VENDOR or MISSING")
    return _DISPOSITIONS[given]


def reason(given: str, *, needed: bool = True) -> str:
    pan.refuse("reason", given)
    return fields.text("reason", given, _MOST_REASON, empty=not needed)


def kind(given: int) -> Kind:
    """What a consequence is of."""
    name = reversal_pb2.ReversalKind.Name(given).removeprefix("REVERSAL_KIND_")  # type: ignore[arg-type]
    if name not in Kind.__members__:
        raise invalid("kind", "must be a kind of consequence")
    return Kind(name)


def state(given: int) -> State | None:
    """A state to list by."""
    name = messages.ReturnState.Name(given).removeprefix("RETURN_STATE_")  # type: ignore[arg-type]
    return State(name) if given else None


def preview(order: Order, given: Return, plan: Plan) -> pb.PreviewReturnResponse:
    """What a return would give."""
    return pb.PreviewReturnResponse(
        lines=[_line(order, one) for one in given.units],
        amount=money(sum(one.amount for one in plan.parts), order.currency),
        tenders=[_tender(order.order_id, order.currency, one) for one in plan.parts],
        flags=given.flags,
        deductions=_deductions(plan.fees, order.currency),
    )


def shown(given: Return, order: Order, refunded: Refund | None) -> messages.Return:
    """A return with its refund."""
    return messages.Return(
        return_id=given.return_id,
        order_id=given.order_id,
        order_no=given.order_no,
        member_id=order.member_id or "",
        state=messages.ReturnState.Value(f"RETURN_STATE_{given.state}"),
        location_id=given.location_id,
        reason=given.reason,
        lines=[_line(order, one) for one in given.units],
        flags=given.flags,
        version=given.version,
        business_time=fields.timestamp(given.business_time),
        update_time=fields.timestamp(given.update_time),
        exchange_order_id=given.exchange_order_id or "",
        refund=refund(refunded) if refunded else None,
        sent_on=_sent_on(given.sent) if given.sent else None,
    )


def _sent_on(given: SentOn) -> messages.SentOn:
    return messages.SentOn(
        from_location_id=given.source,
        to_location_id=given.target,
        left_time=fields.timestamp(given.left_time),
        arrive_time=fields.timestamp(given.arrive_time) if given.arrive_time else None,
    )


def refund(given: Refund) -> messages.Refund:
    """Money that goes back, and by which tenders."""
    return messages.Refund(
        refund_id=given.refund_id,
        state=messages.RefundState.Value(f"REFUND_STATE_{given.state}"),
        amount=money(given.amount, given.currency),
        deducted=money(given.deducted, given.currency) if given.deducted else None,
        tenders=[_tender(given.order_id, given.currency, one) for one in given.tenders],
        grant_time=fields.timestamp(given.grant_time),
        pay_time=fields.timestamp(given.pay_time) if given.pay_time else None,
        deductions=_deductions(
            Fees(given.requalified, given.restocking, given.return_shipping, given.delivery), given.currency
        ),
    )


def _deductions(fees: Fees, currency: str) -> list[messages.Deduction]:
    """What the brand keeps, and why."""
    kinds = messages.DeductionKind
    told = (
        (kinds.DEDUCTION_KIND_REQUALIFIED, fees.requalified),
        (kinds.DEDUCTION_KIND_RESTOCKING, fees.restocking),
        (kinds.DEDUCTION_KIND_RETURN_SHIPPING, fees.shipping),
        (kinds.DEDUCTION_KIND_DELIVERY, fees.delivery),
    )
    return [messages.Deduction(kind=kind, amount=money(amount, currency)) for kind, amount in told if amount]


def board(given: Return, order: Order, refunded: Refund, rows: Sequence[Row]) -> messages.Board:
    """Every consequence on one page."""
    states = [row.state for row in rows]
    return messages.Board(
        refund=refund(refunded),
        return_id=given.return_id,
        order_id=given.order_id,
        order_no=given.order_no,
        member_id=order.member_id or "",
        location_id=given.location_id,
        return_state=messages.ReturnState.Value(f"RETURN_STATE_{given.state}"),
        rows=[_row(row, late=refunded.late) for row in rows],
        pending=states.count(RowState.PENDING),
        debts=states.count(RowState.DEBT),
        refused=states.count(RowState.REFUSED),
        late=refunded.late,
        due_time=fields.timestamp(refunded.due_time),
    )


def _line(order: Order, one: Units) -> messages.ReturnLine:
    return messages.ReturnLine(
        unit=unit(order.order_id, one),
        sku=one.sku,
        name=one.name,
        quantity=one.quantity,
        disposition=_DISPOSED[one.disposition],
        amount=money(one.amount, order.currency),
        points_returned=one.points_returned,
    )


def _tender(order_id: str, currency: str, one: RefundTender) -> messages.RefundTender:
    return messages.RefundTender(
        tender_id=f"{order_id}:{one.tender_no}",
        kind=trade_pb2.TenderKind.Value(f"TENDER_KIND_{one.kind}"),
        provider=one.provider,
        amount=money(one.amount, currency),
        state=messages.RefundTenderState.Value(f"REFUND_TENDER_STATE_{one.state}"),
        code=one.code,
        as_credit=one.as_credit,
    )


def _row(row: Row, *, late: bool) -> messages.BoardRow:
    return messages.BoardRow(
        kind=reversal_pb2.ReversalKind.Value(f"REVERSAL_KIND_{row.kind}"),
        ref=row.ref,
        owner=row.owner,
        state=messages.BoardState.Value(f"BOARD_STATE_{row.state}"),
        expected=row.expected,
        amount=row.amount,
        reason=row.reason,
        late=late and row.state is RowState.PENDING,
        settle_time=fields.timestamp(row.settle_time) if row.settle_time else None,
        settled_by=row.settled_by,
    )
