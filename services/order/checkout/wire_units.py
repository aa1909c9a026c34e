"""Sold units as the passport shows them."""

from collections.abc import Iterator, Mapping, Sequence

from omo.order.v1 import order_pb2, returns_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import unit_pb2
from services.order.checkout import wire
from services.order.checkout.domain import Line, Method, Order, State, UnitRun
from services.order.checkout.fulfilling import Shown
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain_units import Run
from services.order.returns.domain import Returned
from services.order.serials.domain import Known, Left, bare

_NOTHING: Known = {}


def sales(
    order: Order, asked: unit_pb2.UnitRef, shown: Shown, returned: Sequence[Returned] = (), serials: Known = _NOTHING
) -> Iterator[pb.UnitSale]:
    """What the units asked for were sold for: one entry for each run of equal units among them, or for each serial."""
    line = next((each for each in order.lines if each.line_no == asked.line_no), None)
    if line is None:
        return
    for run in line.units:
        first, last = max(run.first, asked.first), min(run.last, asked.last)
        for state, among in _states(order, line, shown, first, last):
            for part, back in _parted(among, [one for one in returned if one.line_no == line.line_no]):
                named = _named(part, serials.get(line.line_no, {}))
                yield from (_with_serial(_sale(order, line, run, state, each, back), left) for each, left in named)


def _sale(
    order: Order, line: Line, run: UnitRun, state: order_pb2.FulfilmentState.ValueType, among: Run,
    back: Returned | None,
) -> pb.UnitSale:  # fmt: skip
    unit = unit_pb2.UnitRef(
        order_id=order.order_id,
        line_no=line.line_no,
        first=among[0],
        last=among[1],
        measure=line.quantity if line.by_measure else 0,
    )
    return pb.UnitSale(
        unit=unit,
        order_no=order.order_no,
        sku=line.sku,
        name=line.name,
        member_id=order.member_id or "",
        channel_kind=wire.channel_kind(order.channel_kind),
        channel_id=order.channel_id,
        location_id=order.location_id,
        business_time=wire.timestamp(order.business_time),
        list_amount=wire.money(run.list_amount, order.currency),
        net_amount=wire.money(run.net_amount, order.currency),
        tax_amount=wire.money(run.tax_amount, order.currency),
        discounts=wire.discounts_of(run, line.discounts),
        fulfilment_state=state,
        method=wire.method(line.method),
        seller_staff_code=line.seller_staff_code,
        returned=_returned(order, line, among, back) if back else None,
    )


def _with_serial(given: pb.UnitSale, left: Left | None) -> pb.UnitSale:
    if left:
        given.serial = left.serial
        if left.return_id and left.return_id == given.returned.return_id:
            given.returned.serial = left.returned_serial
    return given


def _named(among: Run, units: Mapping[int, Left]) -> Sequence[tuple[Run, Left | None]]:
    """A run of units, cut around those of which a serial is known."""
    own = {(unit, unit): left for unit, left in units.items() if among[0] <= unit <= among[1]}
    return [(run, own.get(run)) for run in sorted([*own, *bare(among, units)])]


def _returned(order: Order, line: Line, among: Run, back: Returned) -> pb.UnitReturn:
    """How they came back; each gave what it had cost."""
    return pb.UnitReturn(
        return_id=back.return_id,
        state=returns_pb2.ReturnState.Value(f"RETURN_STATE_{back.state}"),
        location_id=back.location_id,
        business_time=wire.timestamp(back.business_time),
        disposition=returns_pb2.Disposition.Value(f"DISPOSITION_{back.disposition.upper() or 'UNSPECIFIED'}"),
        amount=wire.money(max(domain_units.payable(line, among, order.tax_included), 0), order.currency),
        refund_state=returns_pb2.RefundState.Value(f"REFUND_STATE_{back.refund_state or 'UNSPECIFIED'}"),
    )


def _parted(among: Run, returned: Sequence[Returned]) -> Iterator[tuple[Run, Returned | None]]:
    """A run of units, cut where some of them came back."""
    begin = among[0]
    for one in sorted(returned, key=lambda one: one.first):
        low, high = max(one.first, begin), min(one.last, among[1])
        if low > high:
            continue
        if low > begin:
            yield (begin, low - 1), None
        yield (low, high), one
        begin = high + 1
    if begin <= among[1]:
        yield (begin, among[1]), None


# after whoever has a unit; that it was cancelled says more than that somebody rejected it before
_ENDED = {order_pb2.FULFILMENT_STATE_CANCELLED: 1, order_pb2.FULFILMENT_STATE_REJECTED: 2}


def _states(
    order: Order, line: Line, shown: Shown, first: int, last: int
) -> Iterator[tuple[order_pb2.FulfilmentState.ValueType, tuple[int, int]]]:
    """The units from `first` to `last` in runs of one state: of who has them now, else of who had them."""
    parts = sorted(
        ((state, each) for state, each in _parts(line, shown)), key=lambda part: (_ENDED.get(part[0], 0), part[1])
    )
    while first <= last:
        here = [(state, run) for state, run in parts if run[0] <= first <= run[1]]
        edges = [edge for _, run in parts for edge in (run[0] - 1, run[1]) if first <= edge < last]
        until = min(edges, default=last)
        yield here[0][0] if here else _undecided(order, line), (first, until)
        first = until + 1


def _parts(line: Line, shown: Shown) -> Iterator[tuple[order_pb2.FulfilmentState.ValueType, tuple[int, int]]]:
    for gone in shown.cancelled.get(line.line_no, ()):
        yield order_pb2.FULFILMENT_STATE_CANCELLED, (gone.first, gone.last)
    for fulfilment in shown.fulfilments:
        for each in fulfilment.lines:
            if each.line_no == line.line_no:
                many = 1 if line.by_measure else each.quantity
                yield fulfilment.state, (each.first_unit, each.first_unit + many - 1)


def _undecided(order: Order, line: Line) -> order_pb2.FulfilmentState.ValueType:
    if line.method is Method.CARRY_OUT and order.state is State.CONFIRMED:
        return order_pb2.FULFILMENT_STATE_HANDED_OVER
    return order_pb2.FULFILMENT_STATE_UNSPECIFIED
