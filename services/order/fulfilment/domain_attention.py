"""What somebody must see to, before the shopper asks where his goods are."""

from collections import Counter
from collections.abc import Sequence

from services.order.checkout.domain import Order
from services.order.checkout.domain import State as OrderState
from services.order.fulfilment import domain_cancelled, domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_sourced import Happened, News, Standing


def uncovered(order: Order, parts: Sequence[Fulfilment], gone: Sequence[Cancelled] = ()) -> dict[int, int]:
    """By line: how much of it no place is at, and somebody still waits for."""
    missing: Counter[int] = Counter()
    for line, run in domain_cancelled.free(order, [part for part in parts if part.stands], gone):
        missing[line.line_no] += domain_units.quantity(line, run)
    return dict(missing)


def attention(
    order: Order,
    parts: Sequence[Fulfilment],
    gone: Sequence[Cancelled],
    standing: Standing | None,
    news: Sequence[News],
) -> list[str]:
    """What somebody must see to; an order that is on its way as it should needs nobody."""
    if order.state is not OrderState.CONFIRMED or not (missing := uncovered(order, parts, gone)):
        return []
    found = {standing.value} if standing and standing is not Standing.SOURCED else set[str]()
    # also where later words spoke of other lines
    if any(each.kind is Happened.PICKUP_REJECTED and each.line_no in missing for each in news):
        found.add(Standing.PICKUP_REJECTED.value)
    broken: Counter[int] = Counter()
    for each in news:
        sign = {Happened.PROMISE_BROKEN: 1, Happened.PROMISE_MENDED: -1}.get(each.kind, 0)
        broken[each.line_no] += sign * each.quantity
    if any(broken[line_no] > 0 for line_no in missing):
        found.add(Happened.PROMISE_BROKEN.value)
    return sorted(found)
