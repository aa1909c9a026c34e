"""Takes newer states into the reference copies; an older one changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kit.postgres import Tx
from services.order.reference.domain import Location, PriceList, Variant

# One row that every change locks: heads become visible in their order, so nobody can miss one.
_BUMP = "UPDATE reference_head SET head = head + 1 WHERE name = 'reference' RETURNING head"

_PUT_VARIANTS = """
INSERT INTO variants (sku, product_id, version, name, scale, by_measure, tax_class, brand, categories, tags, active,
    placeholder, serials, head)
SELECT *, $1 FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bool[], $8::text[],
                         $9::text[], $10::text[], $11::text[], $12::bool[], $13::bool[], $14::bool[])
ON CONFLICT (sku) DO UPDATE SET product_id = excluded.product_id, version = excluded.version, name = excluded.name,
    scale = excluded.scale, by_measure = excluded.by_measure, tax_class = excluded.tax_class, brand = excluded.brand,
    categories = excluded.categories, tags = excluded.tags, active = excluded.active,
    placeholder = excluded.placeholder, serials = excluded.serials, head = excluded.head
 WHERE variants.version < excluded.version
"""
# A product's event holds all of its variants: what it no longer names is no longer sold.
_RETIRE_VARIANTS = """
UPDATE variants SET active = false, head = $1, version = product.version
  FROM unnest($2::text[], $3::bigint[]) AS product (product_id, version)
 WHERE variants.product_id = product.product_id AND variants.version < product.version
"""
_PUT_PRICES = """
INSERT INTO prices (sku, price_list_id, amount, version, head)
SELECT sku, list, amount, version, $1 FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[])
    AS price (sku, list, amount, version) ORDER BY sku, list
ON CONFLICT (sku, price_list_id) DO UPDATE
   SET amount = excluded.amount, version = excluded.version, head = excluded.head
 WHERE prices.version < excluded.version
"""
_PUT_PRICE_LIST = """
INSERT INTO price_lists (price_list_id, currency, tax_included, channels, locations, tiers, start_time, end_time,
    priority, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (price_list_id) DO UPDATE SET currency = excluded.currency, tax_included = excluded.tax_included,
    channels = excluded.channels, locations = excluded.locations, tiers = excluded.tiers,
    start_time = excluded.start_time, end_time = excluded.end_time, priority = excluded.priority,
    version = excluded.version
 WHERE price_lists.version < excluded.version
"""
_PUT_LOCATION = """
INSERT INTO locations (location_id, kind, name, pickup, ships, active, listed_only, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (location_id) DO UPDATE SET kind = excluded.kind, name = excluded.name, pickup = excluded.pickup,
    ships = excluded.ships, active = excluded.active, listed_only = excluded.listed_only, version = excluded.version
 WHERE locations.version < excluded.version
"""
_PUT_CHANNEL = """
INSERT INTO channels (channel_id, kind, listed_only, version) VALUES ($1, $2, $3, $4)
ON CONFLICT (channel_id) DO UPDATE
   SET kind = excluded.kind, listed_only = excluded.listed_only, version = excluded.version
 WHERE channels.version < excluded.version
"""
_PUT_ASSORTMENTS = """
INSERT INTO assortments (sku, entries, version, head)
SELECT sku, entries::jsonb, version, $4 FROM unnest($1::text[], $2::text[], $3::bigint[])
    AS given (sku, entries, version) ORDER BY sku
ON CONFLICT (sku) DO UPDATE SET entries = excluded.entries, version = excluded.version, head = excluded.head
 WHERE assortments.version < excluded.version
"""
_PUT_TAX_CLASS = """
INSERT INTO tax_classes (tax_class, rate_bp, version) VALUES ($1, $2, $3)
ON CONFLICT (tax_class) DO UPDATE SET rate_bp = excluded.rate_bp, version = excluded.version
 WHERE tax_classes.version < excluded.version
"""
_PUT_STAFF = """
INSERT INTO staff_codes (staff_code, home_location_id, active, version) VALUES ($1, $2, $3, $4)
ON CONFLICT (staff_code) DO UPDATE
   SET home_location_id = excluded.home_location_id, active = excluded.active, version = excluded.version
 WHERE staff_codes.version < excluded.version
"""
_PUT_TIERS = """
INSERT INTO member_tiers (member_id, tier, version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS member (member_id, tier, version) ORDER BY member_id
ON CONFLICT (member_id) DO UPDATE SET tier = excluded.tier, version = excluded.version
 WHERE member_tiers.version < excluded.version
"""
_PUT_PROGRAM = """
INSERT INTO program (name, point_value, version) VALUES ('program', $1, $2)
ON CONFLICT (name) DO UPDATE SET point_value = excluded.point_value, version = excluded.version
 WHERE program.version < excluded.version
"""


async def bump(tx: Tx) -> int:
    """The number of a change to what prices depend on; the lock is held until the transaction ends."""
    return int(await tx.fetchval(_BUMP))


async def put_variants(tx: Tx, variants: Sequence[Variant], products: Mapping[str, int]) -> None:
    """Takes the variants of whole products; what a newer state of its product leaves out is retired."""
    head = await bump(tx)
    ordered = sorted(variants, key=lambda each: each.sku)
    columns: list[list[Any]] = [
        [each.sku for each in ordered],
        [each.product_id for each in ordered],
        [each.product_version for each in ordered],
        [each.name for each in ordered],
        [each.scale for each in ordered],
        [each.by_measure for each in ordered],
        [each.tax_class for each in ordered],
        [each.brand for each in ordered],
        ["\n".join(each.categories) for each in ordered],
        ["\n".join(each.tags) for each in ordered],
        [each.active for each in ordered],
        [each.placeholder for each in ordered],
        [each.serials for each in ordered],
    ]
    await tx.execute(_PUT_VARIANTS, head, *columns)
    await tx.execute(_RETIRE_VARIANTS, head, list(products), list(products.values()))


async def put_prices(tx: Tx, prices: Iterable[tuple[str, str, int | None, int]]) -> None:
    """Takes (sku, list, amount or None where it was taken out, version); at most one for each sku and list."""
    rows = list(prices)
    if rows:
        await tx.execute(_PUT_PRICES, await bump(tx), *map(list, zip(*rows, strict=True)))


async def put_price_list(tx: Tx, given: PriceList) -> None:
    await bump(tx)
    scope = (sorted(given.channels), sorted(given.locations), sorted(given.tiers))
    period = (given.starts, given.ends)
    head = (given.price_list_id, given.currency, given.tax_included)
    await tx.execute(_PUT_PRICE_LIST, *head, *scope, *period, given.priority, given.version)


async def put_location(tx: Tx, given: Location, version: int) -> None:
    await bump(tx)
    flags = (given.pickup, given.ships, given.active, given.listed_only)
    await tx.execute(_PUT_LOCATION, given.location_id, given.kind, given.name, *flags, version)


async def put_channel(tx: Tx, channel_id: str, kind: str, listed_only: bool, version: int) -> None:
    await bump(tx)
    await tx.execute(_PUT_CHANNEL, channel_id, kind, listed_only, version)


async def put_assortments(tx: Tx, given: Mapping[str, tuple[str, int]]) -> None:
    """Takes (entries as JSON, version) by SKU."""
    if given:
        entries, versions = [said for said, _ in given.values()], [version for _, version in given.values()]
        await tx.execute(_PUT_ASSORTMENTS, list(given), entries, versions, await bump(tx))


async def put_tax_class(tx: Tx, tax_class: str, rate_bp: int, version: int) -> None:
    await bump(tx)
    await tx.execute(_PUT_TAX_CLASS, tax_class, rate_bp, version)


async def put_staff(tx: Tx, staff_code: str, home_location_id: str, active: bool, version: int) -> None:
    await tx.execute(_PUT_STAFF, staff_code, home_location_id, active, version)


async def put_tiers(tx: Tx, tiers: Mapping[str, tuple[str, int]]) -> None:
    """Takes (tier, version) by member."""
    if tiers:
        values = tiers.values()
        await tx.execute(_PUT_TIERS, list(tiers), [tier for tier, _ in values], [version for _, version in values])


async def put_program(tx: Tx, point_value: int, version: int) -> None:
    await bump(tx)
    await tx.execute(_PUT_PROGRAM, point_value, version)
