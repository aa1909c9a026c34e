"""Units as an invoice shows them: what their buyer pays for them, and what an invoice said of some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.order.checkout.domain import Line as Sold
from services.order.checkout.domain import Order
from services.order.fulfilment import domain_units as fulfilled
from services.order.fulfilment.domain_units import Run
from services.order.invoices.domain import Line
from services.order.returns import domain_units
from services.order.returns.domain import Disposition

FREIGHT = 0
"""Where a line's number stands, that of what bringing the goods costs: a single unit, sold by nobody's SKU."""
_FREIGHT_NAME = "運費 Shipping"


def lines(order: Order, units: Mapping[int, Sequence[Run]], rates: Mapping[str, int]) -> list[Line]:
    """These units, run by run, at what the buyer pays for them now, whatever he pays with.

    What an order's own points or a pack that was paid for before pay is left out: the one is a discount, the other has
    an invoice.
    """
    by_number = {line.line_no: line for line in order.lines}
    found = []
    for line_no, runs in sorted(units.items()):
        if line_no == FREIGHT:
            continue
        sold = by_number[line_no]
        for run in sorted(runs):
            many, amount = fulfilled.quantity(sold, run), worth(order, sold, run)
            found.append(Line(line_no, *run, sold.sku, sold.name, many, sold.by_measure, amount, rate(sold, rates)))
    return found + (_freight(order) if units.get(FREIGHT) else [])


def worth(order: Order, sold: Sold, run: Run) -> int:
    """What the buyer pays for some units; those of two runs together are worth what both are."""
    (one,) = domain_units.worth(order, [(sold, run, Disposition.NONE)], order.business_time)
    paid = sum(use.pays for use in domain_units.prepaid(order, [one]))
    return max(one.amount - paid, 0)


def said(order: Order, line: Line, run: Run) -> Line:
    """What an invoice said of some of a line's units: its parts together are what it said of all."""
    if line.line_no == FREIGHT:
        return line
    sold = next(one for one in order.lines if one.line_no == line.line_no)
    upto = _upto(order, sold, line, run[1] + 1) - _upto(order, sold, line, run[0])
    return replace(line, first=run[0], last=run[1], quantity=fulfilled.quantity(sold, run), amount=upto)


def rate(line: Sold, rates: Mapping[str, int]) -> int:
    """The rate of a line's tax class; of a good that we have never heard of, what its tax comes to."""
    if line.sku in rates:
        return rates[line.sku]
    bare = line.net_total - line.tax_total
    return round(line.tax_total * 100 / bare) * 100 if bare > 0 and line.tax_total > 0 else 0


def _freight(order: Order) -> list[Line]:
    fee = order.freight
    return [Line(FREIGHT, 0, 0, "", _FREIGHT_NAME, 1, False, fee.total, fee.rate_bp)] if fee else []


def _upto(order: Order, sold: Sold, line: Line, end: int) -> int:
    """The part of a line's amount that is for its units before `end`, by what they are worth."""
    if end <= line.first:
        return 0
    whole = worth(order, sold, line.run)
    if end > line.last or not whole:
        return line.amount
    return line.amount * min(worth(order, sold, (line.first, end - 1)), whole) // whole
