"""Points that a till took as a tender: they are a discount, so what they pay for stands on no invoice."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from omo_pricing import allocate
from services.order.checkout.domain import Entry, Order
from services.order.fulfilment.domain_units import Run
from services.order.invoices import domain_lines
from services.order.invoices.domain import Line

_TENDER = "POINTS"


def still_pay(order: Order) -> int:
    """What they pay of a sale: what they paid, less what went back. Orders online lower their lines' own worth."""
    own = [one for one in order.tenders if one.kind == _TENDER]
    paid = sum(one.amount for one in own if one.entry is Entry.CAPTURED)
    return max(paid - sum(one.amount for one in own if one.entry is Entry.REFUNDED), 0)


def taken_off(order: Order, line: Line, stands: Iterable[Run]) -> int:
    """What of them an invoice had taken off the units that still stand on one of its lines."""
    if line.line_no == domain_lines.FREIGHT:  # a till takes no points for it
        return 0
    sold = next(one for one in order.lines if one.line_no == line.line_no)
    return sum(domain_lines.worth(order, sold, run) - domain_lines.said(order, line, run).amount for run in stands)


def less(lines: Sequence[Line], points: int) -> list[Line]:
    """Lines of a new invoice at what is left to pay, the points spread over them by worth."""
    amounts = [line.amount for line in lines]
    points = min(points, sum(amounts))
    if points <= 0:
        return list(lines)
    shares = allocate(points, amounts)
    return [replace(line, amount=line.amount - share) for line, share in zip(lines, shares, strict=True)]
