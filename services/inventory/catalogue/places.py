"""Locations, channels and tax classes, written whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from kit import access, outbox, pages, requests
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import catalogue_service_pb2 as rpc
from services.inventory.catalogue import domain_places, store_groups, store_places, store_products, wire_out
from services.inventory.catalogue.domain import Channel, Group, Location, TaxClass

V = TypeVar("V", Location, Group, Channel, TaxClass)


def changed(held: Mapping[str, V], given: Sequence[tuple[str, V]]) -> list[V]:
    """The values that say something new, each with its next version."""
    found: list[V] = []
    for code, value in given:
        version = held[code].version if code in held else 0
        if held.get(code) != replace(value, version=version):
            found.append(replace(value, version=version + 1))
    return found


class Places:
    """Where the brand sells."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" locations"

    async def put(self, asked: Request, given: list[Location]) -> rpc.PutLocationsResponse:
        """Creates or replaces locations, all or none."""

        async def work(tx: Tx) -> rpc.PutLocationsResponse:
            await store_products.bump(tx)
            after = await self.write(tx, given)
            return rpc.PutLocationsResponse(locations=[wire_out.location(after[one.location_id]) for one in given])

        return await requests.once(self._db, asked, work, rpc.PutLocationsResponse)

    async def write(self, tx: Tx, given: Sequence[Location]) -> dict[str, Location]:
        """Writes locations and their news; the caller holds the catalogue's lock. Answers with them as they are now."""
        held = await store_places.locations(tx, [one.location_id for one in given])
        for number, one in enumerate(given):
            domain_places.check(held.get(one.location_id), one, f"locations[{number}].")
        written = changed(held, [(one.location_id, one) for one in given])
        await store_places.put(tx, written, access.current().actor)
        now = self._clock()
        await outbox.append(tx, *(wire_out.location_changed(one, now) for one in written))
        return held | {one.location_id: one for one in written}

    async def put_groups(self, asked: Request, given: list[Group]) -> rpc.PutLocationGroupsResponse:
        """Creates or replaces location groups, all or none."""

        async def work(tx: Tx) -> rpc.PutLocationGroupsResponse:
            await store_products.bump(tx)
            await self._check_channels(tx, given)
            held = await store_groups.groups(tx, [one.group_id for one in given])
            written = changed(held, [(one.group_id, one) for one in given])
            await store_groups.put(tx, written, access.current().actor)
            now = self._clock()
            await outbox.append(tx, *(wire_out.group_changed(one, now) for one in written))
            after = held | {one.group_id: one for one in written}
            return rpc.PutLocationGroupsResponse(groups=[wire_out.group(after[one.group_id]) for one in given])

        return await requests.once(self._db, asked, work, rpc.PutLocationGroupsResponse)

    async def _check_channels(self, tx: Tx, given: Sequence[Group]) -> None:
        known = {"", *(one.channel_id for one in (await store_places.channels(tx))[0])}
        for number, one in enumerate(given):
            if one.channel_id not in known:
                raise invalid(f"groups[{number}].channel_id", "must be a channel of the brand")

    async def groups(self, size: int, token: str, kind: str) -> tuple[list[tuple[Group, int]], str]:
        """Groups in code order with how many locations name each, and the token of the next page."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key + b" groups") or {"after": ""})["after"]
        async with self._db.read() as tx:
            found = await store_groups.page(tx, after, size, kind)
        full = len(found) == size
        more = pages.encode({"after": found[-1][0].group_id}, self._page_key + b" groups") if full else ""
        return found, more

    async def page(self, size: int, token: str, kind: str, group_id: str) -> tuple[list[Location], str]:
        """Locations in code order, and the token of the next page."""
        size = pages.page_size(size)
        after = (pages.decode(token, self._page_key) or {"after": ""})["after"]
        async with self._db.read() as tx:
            found = await store_places.page(tx, after, size, kind, group_id)
        more = pages.encode({"after": found[-1].location_id}, self._page_key) if len(found) == size else ""
        return found, more

    async def put_channels(
        self, asked: Request, given: list[Channel], rates: list[TaxClass]
    ) -> rpc.PutChannelsResponse:
        """Creates or replaces channels and tax classes."""

        async def work(tx: Tx) -> rpc.PutChannelsResponse:
            await store_products.bump(tx)
            channels, classes = await store_places.channels(tx)
            new = changed({one.channel_id: one for one in channels}, [(one.channel_id, one) for one in given])
            new_rates = changed({one.tax_class: one for one in classes}, [(one.tax_class, one) for one in rates])
            await store_places.put_channels(tx, new, new_rates)
            now = self._clock()
            await outbox.append(tx, *(wire_out.channel_changed(one, now) for one in new))
            await outbox.append(tx, *(wire_out.tax_class_changed(one, now) for one in new_rates))
            return rpc.PutChannelsResponse()

        return await requests.once(self._db, asked, work, rpc.PutChannelsResponse)

    async def channels(self) -> tuple[list[Channel], list[TaxClass]]:
        """Every channel and tax class."""
        async with self._db.read() as tx:
            return await store_places.channels(tx)
