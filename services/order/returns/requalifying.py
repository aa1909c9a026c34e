"""Asks what a partial return leaves too cheap, by the rules and prices that the order was made with."""

from collections import defaultdict

from kit.postgres import Tx
from omo_pricing import PricingError
from services.order.checkout.domain import Order
from services.order.fulfilment import store_cancelled
from services.order.fulfilment.domain_units import Run
from services.order.promotions import store as rule_sets
from services.order.promotions.domain import RuleBook
from services.order.reference import store_reads as reference
from services.order.returns import domain_requalify, store, store_refunds
from services.order.returns.domain import HERE, Return, SetIncomplete
from services.order.returns.domain_policy import Partial, Terms
from services.order.returns.domain_requalify import Known


async def dearer(tx: Tx, order: Order, given: Return, terms: Terms) -> int:
    """What is kept of these units' worth for those that stay; refuses where the brand wants all of them or none."""
    if terms.partial is Partial.KEEP:
        return 0
    book = await _book(tx, order.rules_version)
    if book is None or not domain_requalify.joined(order, book):
        return 0
    before = await _before(tx, order, given.return_id)
    now: dict[int, list[Run]] = defaultdict(list)
    for unit in given.units:
        now[unit.line_no].append((unit.first, unit.last))
    requalified = await store_refunds.requalified(tx, order.order_id)
    try:
        more = domain_requalify.dearer(order, await _known(tx, order, book), before, now, requalified)
    except PricingError:  # a good that nobody sells any more: each unit gives back what it had cost
        return 0
    if more > 0 and terms.partial is Partial.WHOLE_SET:
        raise SetIncomplete("these goods come back with those that they were joined to", order_id=order.order_id,
                            short=more)  # fmt: skip
    return more


async def _before(tx: Tx, order: Order, return_id: str) -> dict[int, list[Run]]:
    """Units that had left the order."""
    found: dict[int, list[Run]] = defaultdict(list)
    for each in await store.of_order(tx, order.order_id):
        if each.state in HERE and each.return_id != return_id:
            for unit in each.units:
                found[unit.line_no].append((unit.first, unit.last))
    for one in await store_cancelled.of_order(tx, order.order_id):
        found[one.line_no].append((one.first, one.last))
    return found


async def _book(tx: Tx, version: str) -> RuleBook | None:
    """The rules that held; what a till priced by rules of its own nobody can price again."""
    found = await rule_sets.find(tx, int(version)) if version.isdecimal() and len(version) < 18 else None
    return RuleBook.read(found.rules_json, version) if found else None


async def _known(tx: Tx, order: Order, book: RuleBook) -> Known:
    skus = sorted({line.sku for line in order.lines} | book.gifts)
    around, goods = await reference.surroundings(tx), await reference.goods(tx, skus)
    return Known(book, around, goods, await store.tier(tx, order.member_id))
