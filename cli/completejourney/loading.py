"""Loads the chain's masters as headquarters would: stores, goods, list prices and card members."""

import asyncio
import hashlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from google.protobuf.timestamp_pb2 import Timestamp

from cli.completejourney import mapping, wire
from cli.completejourney.headquarters import DEADLINE, Headquarters
from cli.completejourney.source import Source, Weeks
from omo.inventory.v1 import catalogue_service_pb2 as catalogue
from omo.member.v1 import identity_service_pb2 as identity

T = TypeVar("T")
Put = (
    catalogue.PutChannelsRequest
    | catalogue.PutLocationsRequest
    | catalogue.PutProductsRequest
    | catalogue.PutPriceListRequest
    | identity.ImportMembersRequest
)
R = TypeVar("R", bound=Put)

# What the contracts allow in one call.
LOCATIONS_A_CALL = 100
PRODUCTS_A_CALL = 200
PRICES_A_CALL = 1_000
MEMBERS_A_CALL = 1_000
CALLS_AT_ONCE = 4
PRICED_SINCE = datetime.fromisoformat("2017-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many of each were named to headquarters; of the members, how many were new."""

    stores: int
    products: int
    members: int
    new_members: int


async def load(source: Source, weeks: Weeks, hq: Headquarters, *, whole_catalogue: bool = False) -> Loaded:
    """All that the weeks' sales refer to. Run again it repeats the same requests, which change nothing."""
    channels = catalogue.PutChannelsRequest(channels=[wire.channel()], tax_classes=[wire.tax_class()])
    await hq.catalogue.PutChannels(_named(channels), metadata=hq.metadata, timeout=DEADLINE)
    stores = await _few_at_once(_batches(source.stores(weeks), LOCATIONS_A_CALL), _locations(hq))
    described = _batches(source.products(weeks, whole_catalogue), PRODUCTS_A_CALL)
    products = await _few_at_once(described, _products(hq), at_once=1)
    # One price list is one aggregate: its parts go one after the other.
    priced = (product for product in source.products(weeks, whole_catalogue) if product.list_price is not None)
    await _few_at_once(_batches(priced, PRICES_A_CALL), _prices(hq), at_once=1)
    created: list[int] = []
    members = await _few_at_once(_batches(source.households(weeks), MEMBERS_A_CALL), _members(hq, created))
    return Loaded(stores, products, members, sum(created))


def _locations(hq: Headquarters) -> Callable[[list[mapping.Store]], Awaitable[None]]:
    async def put(stores: list[mapping.Store]) -> None:
        request = catalogue.PutLocationsRequest(locations=map(wire.location, stores))
        await hq.catalogue.PutLocations(_named(request), metadata=hq.metadata, timeout=DEADLINE)

    return put


def _products(hq: Headquarters) -> Callable[[list[mapping.Product]], Awaitable[None]]:
    async def put(products: list[mapping.Product]) -> None:
        request = catalogue.PutProductsRequest(products=map(wire.product, products))
        await hq.catalogue.PutProducts(_named(request), metadata=hq.metadata, timeout=DEADLINE)

    return put


def _prices(hq: Headquarters) -> Callable[[list[mapping.Product]], Awaitable[None]]:
    since = Timestamp()
    since.FromDatetime(PRICED_SINCE)

    async def put(products: list[mapping.Product]) -> None:
        request = catalogue.PutPriceListRequest(price_list=wire.price_list(products, since))
        await hq.catalogue.PutPriceList(_named(request), metadata=hq.metadata, timeout=DEADLINE)

    return put


def _members(hq: Headquarters, created: list[int]) -> Callable[[list[mapping.Household]], Awaitable[None]]:
    async def put(households: list[mapping.Household]) -> None:
        request = identity.ImportMembersRequest(members=map(wire.member, households))
        reply = await hq.identity.ImportMembers(_named(request), metadata=hq.metadata, timeout=DEADLINE)
        created.append(reply.created)

    return put


def _named(request: R) -> R:
    """The request named by what it says, so that saying it again is the same request and not a second one."""
    said = request.SerializeToString(deterministic=True)
    request.request_id = f"completejourney-{hashlib.sha256(said).hexdigest()[:32]}"
    return request


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(things)
    while batch := list(itertools.islice(left, size)):
        yield batch


async def _few_at_once(
    batches: Iterator[list[T]], put: Callable[[list[T]], Awaitable[None]], at_once: int = CALLS_AT_ONCE
) -> int:
    """Puts every batch with a few calls under way, and counts what was put; only these batches are in memory."""
    counts: list[int] = []

    async def work() -> None:
        for batch in batches:
            await put(batch)
            counts.append(len(batch))

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(work())
    return sum(counts)
