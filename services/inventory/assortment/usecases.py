"""What is sold where: written whole for each SKU, told, and asked about."""

from collections.abc import Sequence
from datetime import datetime

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import catalogue_assortment_service_pb2 as rpc
from omo_pricing import NotSold
from services.inventory.assortment import domain, store, wire
from services.inventory.assortment.domain import Assortment, UnknownLocation, Where
from services.inventory.availability import watch
from services.inventory.catalogue import store_places, store_products
from services.inventory.catalogue.domain import UnknownSku


class Assortments:
    """The range of each channel and place."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" assortments"

    async def put(self, asked: Request, given: list[Assortment]) -> rpc.PutAssortmentsResponse:
        """Replaces the assortments of the SKUs that are named, all or none."""

        async def work(tx: Tx) -> rpc.PutAssortmentsResponse:
            await store_products.bump(tx)
            await _check(tx, given)
            held = await store.of(tx, [one.sku for one in given])
            written = domain.changed(held, given)
            await store.put(tx, written, access.current().actor)
            now = self._clock()
            for one in written:
                await watch.look_again(tx, one.sku, one, now)
            await outbox.append(tx, *(wire.changed(one, now) for one in written))
            after = held | {one.sku: one for one in written}
            shown = [wire.message(after.get(one.sku, one)) for one in given]
            return rpc.PutAssortmentsResponse(assortments=shown)

        return await requests.once(self._db, asked, work, rpc.PutAssortmentsResponse)

    async def page(
        self, size: int, token: str, skus: Sequence[str], scope: str, scope_id: str
    ) -> tuple[list[Assortment], str]:
        """Assortments in SKU order, and the token of the next page."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            if skus:
                return list((await store.of(tx, skus)).values()), ""
            if scope:
                found = await store.skus_of_scope(tx, scope, scope_id, after, size)
            else:
                found = await store.skus(tx, after, size)
            held = await store.of(tx, found)
        more = pages.encode({"after": found[-1]}, self._page_key) if len(found) == size else ""
        return list(held.values()), more

    async def sellable(self, sku: str, channel_id: str, location_id: str, at: datetime | None) -> NotSold | None:
        """Why a SKU is not sold there and then; None: it is."""
        async with self._db.read() as tx:
            active = await store.active(tx, sku)
            if active is None:
                raise UnknownSku(f"{sku} is not in the catalogue", sku=sku)
            where = await _where(tx, channel_id, location_id)
            held = (await store.of(tx, [sku])).get(sku, Assortment(sku))
        return domain.sellable(active, held, where, at or self._clock())


async def _check(tx: Tx, given: Sequence[Assortment]) -> None:
    """Refuses what names something that is nowhere."""
    if missing := await store_products.unknown(tx, [one.sku for one in given]):
        raise UnknownSku(f"{missing[0]} is not in the catalogue", sku=missing[0])
    named = [each for one in given for each in one.entries]
    places = {each.scope_id for each in named if each.scope == "LOCATION"}
    if lost := await store_places.unknown(tx, places):
        raise UnknownLocation(f"there is no location {lost[0]}", location_id=lost[0])
    channels = {one.channel_id for one in (await store_places.channels(tx))[0]}
    for number, one in enumerate(given):
        for index, each in enumerate(one.entries):
            if each.scope == "CHANNEL" and each.scope_id not in channels:
                path = f"assortments[{number}].entries[{index}].channel_id"
                raise invalid(path, f"must be a channel of the brand, {each.scope_id} is none")


async def _where(tx: Tx, channel_id: str, location_id: str) -> Where:
    channels = {one.channel_id: one for one in (await store_places.channels(tx))[0]}
    if channel_id not in channels:
        raise invalid("channel_id", "must be a channel of the brand")
    listed_only = channels[channel_id].listed_only
    if not location_id:
        return Where(channel_id, listed_only)
    places = await store_places.locations(tx, [location_id])
    if location_id not in places:
        raise UnknownLocation(f"there is no location {location_id}", location_id=location_id)
    return Where(channel_id, listed_only, location_id, places[location_id].listed_only)
