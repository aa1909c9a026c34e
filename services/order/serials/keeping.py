"""Keeps which serials leave: refused where a person can still look, and flagged where a till only tells it."""

from collections.abc import Iterable, Sequence
from typing import Any

from kit.postgres import Tx
from omo.type.v1 import trade_pb2
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_lots import Named
from services.order.fulfilment.domain_parcels import Parcel
from services.order.serials import domain, store, wire
from services.order.serials.domain import Leaving, Left

_MOST = 1_000


async def handed(tx: Tx, held: Fulfilment, named: Sequence[Named]) -> None:
    """A locked task's units go to whoever stands there."""
    if held.asking:
        runs = [Leaving(one.line_no, one.sku, one.first_unit, one.quantity) for one in held.lines]
        await _keep(tx, held, [("lots", domain.leaving("lots", runs, named, held.asking))])


async def packed(tx: Tx, held: Fulfilment, parcels: Iterable[tuple[Parcel, Sequence[Named]]]) -> None:
    """They go into these parcels; what is called off before it left frees them."""
    if not held.asking:
        return
    skus = {one.line_no: one.sku for one in held.lines}
    found = []
    for place, (parcel, named) in enumerate(parcels):
        field = f"parcels[{place}].lots"
        runs = [Leaving(one.line_no, skus[one.line_no], one.first_unit, one.quantity) for one in parcel.units]
        found.append((field, domain.leaving(field, runs, named, held.asking, parcel.parcel_id)))
    await _keep(tx, held, found)


async def sold(tx: Tx, sales: Iterable[Any]) -> dict[str, list[str]]:
    """What tills say they sold, of facts that are stored; by order, the serials that were out already."""
    given = [(facts.order_id, one) for facts in sales for line in facts.lines if line.lots for one in _sold(line)]
    found: dict[str, list[str]] = {}
    for order_id, one in await store.sell(tx, given) if given else ():
        found.setdefault(order_id, []).append(one.serial)
    return found


def _sold(line: Any) -> list[Left]:
    """A line's units with their serials, as far as it has so many and they can be read."""
    if line.method != trade_pb2.FULFILMENT_METHOD_CARRY_OUT or line.by_measure:
        return []
    serials = wire.told((one.serial for one in line.lots), min(line.quantity, _MOST))
    return [Left(line.line_no, unit, line.sku, serial) for unit, serial in enumerate(serials)]


async def _keep(tx: Tx, held: Fulfilment, given: Sequence[tuple[str, Sequence[Left]]]) -> None:
    units = [one for _, some in given for one in some]
    kept = await store.keep(tx, held.order_id, units) if units else set()
    for field, some in given:
        for one in some:
            if (one.line_no, one.unit) not in kept:
                raise domain.taken(field, one)
