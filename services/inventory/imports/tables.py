"""Applies rows of components, prices and locations, some hundred in the import's own transaction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from kit.errors import Fault
from kit.postgres import Tx
from services.inventory.catalogue import domain_kits, store_kits, store_places, store_prices, store_products
from services.inventory.catalogue.places import Places
from services.inventory.catalogue.prices import Prices
from services.inventory.catalogue.products import Products
from services.inventory.imports import domain_tables, store, wire_tables
from services.inventory.imports.domain import Import, Problem, Row
from services.inventory.imports.domain_tables import TABLES, Cells

# what is wrong, and how many rows say something new
Outcome = tuple[list[Problem], int]
V = TypeVar("V")


class Tables:
    """Everything that is no product."""

    def __init__(self, products: Products, prices: Prices, places: Places, time_zone: str) -> None:
        self._products = products
        self._prices = prices
        self._places = places
        self._time_zone = time_zone

    async def chunk(self, tx: Tx, held: Import, rows: Sequence[Row], apply: bool) -> Outcome:
        """Checks rows, and applies the sound ones; the caller holds the catalogue's lock where it applies."""
        read = [wire_tables.cells(held.kind, row, held.mapping) for row in rows]
        problems = [problem for one in read if isinstance(one, list) for problem in one]
        sound = [one for one in read if isinstance(one, Cells)]
        sound, twice = await _first(tx, held, sound)
        work = {"COMPONENTS": self._components, "PRICES": self._price_rows, "LOCATIONS": self._locations}[held.kind]
        wrong, changed = await work(tx, sound, apply)
        return [*problems, *twice, *wrong], changed

    async def _components(self, tx: Tx, rows: Sequence[Cells], apply: bool) -> Outcome:
        homes = await store_products.homes(tx, [one.values["kit_sku"] for one in rows])
        unknown = set(await store_products.unknown(tx, {one.values["sku"] for one in rows}))
        held = {one.product_id: one for one in await store_products.by_id(tx, set(homes.values()))}
        after, problems, changed = dict(held), list[Problem](), 0
        for one in rows:
            kit, sku = one.values["kit_sku"], one.values["sku"]
            if kit not in homes or sku in unknown:
                field = "sku" if kit in homes else "kit_sku"
                problems.append(Problem(one.row_no, field, "is not in the catalogue", one.values[field]))
                continue
            product = after[homes[kit]]
            variants = tuple(
                domain_tables.component(each, one) if each.sku == kit else each for each in product.variants
            )
            if variants == product.variants:
                continue
            made = {each.sku: each.components for whole in after.values() for each in whole.variants}
            made |= {each.sku: each.components for each in variants}
            if (problem := await _stands(tx, one, kit, made)) is not None:
                problems.append(problem)
                continue
            after[product.product_id], changed = replace(product, variants=variants), changed + 1
        if apply and changed:
            await self._products.write(tx, [one for key, one in after.items() if one != held[key]])
        return problems, changed

    async def _price_rows(self, tx: Tx, rows: Sequence[Cells], apply: bool) -> Outcome:
        unknown = set(await store_products.unknown(tx, {one.values["sku"] for one in rows}))
        problems = [
            Problem(one.row_no, "sku", "is not in the catalogue", one.values["sku"])
            for one in rows
            if one.values["sku"] in unknown
        ]
        changed = 0
        for list_id, some in _by(rows, lambda one: str(one.values["price_list_id"])).items():
            wanted = [one for one in some if one.values["sku"] not in unknown]
            wrong, new = await self._price_list(tx, list_id, wanted, apply)
            problems, changed = problems + wrong, changed + new
        return problems, changed

    async def _price_list(self, tx: Tx, list_id: str, rows: list[Cells], apply: bool) -> Outcome:
        held = await store_prices.head(tx, list_id)
        kept = held.currency_code if held else ""
        odd = [one for one in rows if kept and one.values.get("currency_code", kept) != kept]
        rule = f"is {kept} for good"
        problems = [Problem(one.row_no, "currency_code", rule, one.values["currency_code"]) for one in odd]
        rows = [one for one in rows if one not in odd]
        if not rows:
            return problems, 0
        try:
            head = domain_tables.price_list(held, rows)
        except Fault as fault:
            return [*problems, *(_refused(one, fault) for one in rows)], 0
        named = {one.values["sku"]: one.values["amount"] for one in rows if "amount" in one.values}
        removed = [one.values["sku"] for one in rows if "amount" not in one.values]
        was = await store_prices.held(tx, list_id, [*named, *removed])
        changed = sum(was.get(sku) != amount for sku, amount in named.items()) + sum(sku in was for sku in removed)
        if apply and changed:
            await self._prices.change(tx, held, head, named, removed)
        return problems, changed

    async def _locations(self, tx: Tx, rows: Sequence[Cells], apply: bool) -> Outcome:
        held = await store_places.locations(tx, [one.values["location_id"] for one in rows])
        problems, written = list[Problem](), []
        for one in rows:
            before = held.get(one.values["location_id"])
            try:
                after = domain_tables.location(before, one, self._time_zone)
            except Fault as fault:
                problems.append(_refused(one, fault))
                continue
            if after != before:
                written.append(after)
        if apply and written:
            await self._places.write(tx, written)
        return problems, len(written)


async def _first(tx: Tx, held: Import, rows: Sequence[Cells]) -> tuple[list[Cells], list[Problem]]:
    """The rows that are the first about their thing, and what is wrong with the others."""
    table = TABLES[held.kind]
    owners = await store.claim_rows(tx, held.import_id, [(one.key(table), one.row_no) for one in rows])
    sound, problems = [], []
    for one in rows:
        owner = owners[one.key(table)]
        if owner == one.row_no:
            sound.append(one)
        else:
            problems.append(Problem(one.row_no, table.key[-1], f"is named in row {owner} already"))
    return sound, problems


async def _stands(tx: Tx, row: Cells, kit: str, made: domain_kits.Kits) -> Problem | None:
    """What is wrong with a kit that is made so."""
    parts = [one.sku for each in made.values() for one in each]
    kits = {**await store_kits.reached(tx, parts), **made}
    try:
        domain_kits.check([kit], {sku: components for sku, components in kits.items() if components})
    except Fault as fault:
        return Problem(row.row_no, "sku", str(fault.metadata.get("rule", fault)), row.values["sku"])
    return None


def _refused(row: Cells, fault: Fault) -> Problem:
    return Problem(row.row_no, str(fault.metadata.get("field", "")), str(fault.metadata.get("rule", fault)))


def _by(rows: Sequence[Cells], of: Callable[[Cells], str]) -> dict[str, list[Cells]]:
    found: dict[str, list[Cells]] = {}
    for one in rows:
        found.setdefault(of(one), []).append(one)
    return found
