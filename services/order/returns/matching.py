"""Matches what comes back against what left, unit by unit; goods that have no serials cost nothing here."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from kit.postgres import Tx
from services.order.checkout.domain import Line, Order
from services.order.fulfilment.domain_units import Run
from services.order.returns.domain import Disposition, Return
from services.order.serials import domain
from services.order.serials import store as serials
from services.order.serials.domain import Claims, Known, Match

Chosen = Sequence[tuple[Line, Run, Disposition]]


async def known(tx: Tx, order_id: str, *, asked: bool) -> Known:
    """With which serials an order's units left; not looked up where nobody names any."""
    return (await serials.of_orders(tx, [order_id])).get(order_id, {}) if asked else {}


async def match(tx: Tx, order: Order, found: Chosen, claims: Claims, left: Known, asking: Collection[str]) -> Match:
    """What serials say of these units; what never came has none to read."""
    runs = [(line, run, to) for line, run, to in found if line.sku in asking]
    if not runs:
        return Match()
    left = left or await known(tx, order.order_id, asked=True)
    parts = []
    for line, run, to in runs:
        part = domain.match(line, run, claims, left.get(line.line_no, {}), order.tax_included)
        parts.append(replace(part, unsaid=()) if to is Disposition.MISSING else part)
    strange = {(one.sku, one.came) for part in parts for one in part.brought if one.came and not one.left}
    elsewhere = await serials.elsewhere(tx, order.order_id, sorted(strange)) if strange else set()
    return domain.together(parts, left, elsewhere)


def with_serials(given: Return, found: Match) -> Return:
    """The return, with what its units are, for those who are told of it."""
    return replace(given, came=tuple((one.line_no, one.unit, one.came) for one in found.brought if one.came))


async def as_came(tx: Tx, given: Return) -> Return:
    """A return that was received, with what its units were then."""
    left = await known(tx, given.order_id, asked=bool(given.asking))
    units = [one for some in left.values() for one in some.values() if one.return_id == given.return_id]
    return replace(given, came=tuple((one.line_no, one.unit, one.returned_serial) for one in units
                                     if one.returned_serial))  # fmt: skip


async def bring(tx: Tx, given: Return, found: Match) -> None:
    """Its units are home: their serials are free."""
    await serials.bring(tx, given.order_id, given.return_id, found.brought)
