"""Makes a name for what a store sold before anybody described it."""

from collections.abc import Iterable
from datetime import datetime

from kit import access, outbox
from kit.postgres import Tx
from services.inventory.catalogue import domain, store_places, store_products, wire_out
from services.inventory.search import usecases as search

# so many events fit one statement well below its timeout
_AT_ONCE = 500


async def ensure(tx: Tx, skus: Iterable[str], location_ids: Iterable[str], time_zone: str, now: datetime) -> None:
    """Makes placeholders for the codes that the catalogue does not hold; most often there is none."""
    new_skus = await store_products.unknown(tx, skus)
    new_places = await store_places.unknown(tx, location_ids)
    if not new_skus and not new_places:
        return
    await store_products.bump(tx)
    # asked again behind the lock: somebody else may have made them meanwhile
    new_skus = await store_products.unknown(tx, new_skus)
    new_places = await store_places.unknown(tx, new_places)
    actor = access.current().actor
    # a real product may have the code that a store uses as a SKU
    taken = {one.product_id for one in await store_products.by_id(tx, new_skus)}
    products = [domain.placeholder_product(sku, f"~{sku}"[:64] if sku in taken else sku) for sku in new_skus]
    places = [domain.placeholder_location(place, time_zone) for place in new_places]
    await store_places.put(tx, places, actor)
    await outbox.append(tx, *(wire_out.location_changed(one, now) for one in places))
    for start in range(0, len(products), _AT_ONCE):
        some = products[start : start + _AT_ONCE]
        await store_products.put(tx, some, actor)
        await search.learn(tx, some)
        await outbox.append(tx, *(wire_out.product_changed(one, now) for one in some))
