"""What somebody must see to, before the shopper asks where his goods are."""

from collections import Counter
from collections.abc import Collection, Sequence

from services.order.checkout.domain import Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain_ahead, domain_cancelled, domain_parcels, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_sourced import Happened, News, Standing


def uncovered(order: Order, parts: Sequence[Fulfilment], gone: Sequence[Cancelled] = ()) -> dict[int, int]:
    """By line: how much of it no place is at, and somebody still waits for."""
    missing: Counter[int] = Counter()
    for line, run in domain_cancelled.free(order, [part for part in parts if part.stands], gone):
        missing[line.line_no] += domain_units.quantity(line, run)
    return dict(missing)


# line and unit
Unit = tuple[int, int]


def _astray(part: Fulfilment, back: Collection[Unit]) -> set[str]:
    """What became of parcels of which somebody has still something to see to: all that came back is seen to."""
    measured = {line.line_no for line in part.lines if line.by_measure}
    left = [
        parcel
        for parcel in part.parcels
        if any(
            (unit.line_no, number) not in back
            for unit in parcel.units
            for number in range(unit.first_unit, unit.first_unit + (1 if unit.line_no in measured else unit.quantity))
        )
    ]
    return {f"PARCEL_{state}" for state in domain_parcels.lacking(left)}


def attention(
    order: Order,
    parts: Sequence[Fulfilment],
    gone: Sequence[Cancelled],
    standing: Standing | None,
    news: Sequence[News],
    back: Collection[Unit] = (),
) -> list[str]:
    """What somebody must see to; an order that is on its way as it should needs nobody."""
    if order.state is not OrderState.CONFIRMED:
        return []
    astray = {word for part in parts for word in _astray(part, back)}
    missing = uncovered(order, parts, gone)
    # a task that waits for goods covers its units, and is nobody's to work on: what was promised of them may break
    waiting = {line.line_no for part in parts if domain_ahead.waits(part) for line in part.lines}
    if not missing and not waiting:
        return sorted(astray)
    placeless = missing and standing and standing is not Standing.SOURCED
    found = astray | {standing.value} if standing and placeless else astray
    # also where later words spoke of other lines
    if any(each.kind is Happened.PICKUP_REJECTED and each.line_no in missing for each in news):
        found.add(Standing.PICKUP_REJECTED.value)
    broken: Counter[int] = Counter()
    for each in news:
        sign = {Happened.PROMISE_BROKEN: 1, Happened.PROMISE_MENDED: -1}.get(each.kind, 0)
        broken[each.line_no] += sign * each.quantity
    if any(broken[line_no] > 0 for line_no in missing.keys() | waiting):
        found.add(Happened.PROMISE_BROKEN.value)
    return sorted(found)
