"""Refuses commands that name lots or serials which cannot be so, by field and rule, behind their levels' locks."""

from collections.abc import Iterable, Sequence

from kit.errors import invalid
from kit.postgres import Tx
from services.inventory.lots import domain_rules, store, store_journal
from services.inventory.lots.domain import Key, Units
from services.inventory.lots.domain_rules import Broken
from services.inventory.stock.domain import Movement, Place


async def booked(tx: Tx, given: Sequence[Movement], path: str = "movements[{}].lots", *, sold: bool = False) -> None:
    """Refuses entries of a command: each of them is about to be written."""
    asks = await store_journal.tracking(tx, {one.sku for one in given})
    if not any(asks.values()) and not any(one.lots for one in given):
        return
    standing = await store.here(tx, {one.place for one in given if one.lots})
    serials = [(one.sku, units.serial) for one in given for units in one.lots if units.serial and one.quantity > 0]
    everywhere = await store.everywhere(tx, serials)
    lots = await store.lock(tx, [(one.sku, key) for one in given for units in one.lots for key in _dated(units)])
    for number, one in enumerate(given):
        here, field = standing.get(one.place, []), path.format(number)
        refuse(field, domain_rules.said(asks.get(one.sku, frozenset()), one.lots, one.kind, one.quantity))
        if one.quantity < 0:
            refuse(field, domain_rules.leaves(here, one.lots, sold=sold))
            continue
        refuse(
            field,
            domain_rules.dated(
                {key: held.expire_date for (sku, key), held in lots.items() if sku == one.sku}, one.lots
            ),
        )
        for place, units in enumerate(one.lots):
            if everywhere.get((one.sku, units.serial), 0) > 0:
                raise invalid(f"{field}[{place}].serial", f"{units.serial} is in stock already")


def _dated(units: Units) -> list[Key]:
    return [(units.lot, "") if units.lot else units.key]


def refuse(field: str, broken: Iterable[Broken]) -> None:
    """Raises the first of what is broken."""
    for behind, rule in broken:
        raise invalid(f"{field}{behind}", rule)


async def elsewhere(tx: Tx, place: Place, units: Sequence[Units]) -> None:
    """Refuses serials that stand at another location by the books."""
    sku, location_id = place
    named = [one.serial for one in units if one.serial]
    here = {one.serial: one.on_hand for one in (await store.here(tx, [place]))[place]}
    there = await store.everywhere(tx, [(sku, serial) for serial in named])
    for number, one in enumerate(units):
        if one.serial and there.get((sku, one.serial), 0) - here.get(one.serial, 0) > 0:
            raise invalid(f"units[{number}].serial", f"{one.serial} stands at another location than {location_id}")
