"""Callers that want stock: each waits for its answer and asks again."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import grpc

from benchmarks.hot_sku.server import EMPTY
from kit.ids import uuid7
from omo.inventory.v1 import catalogue_pb2, stock_pb2
from omo.inventory.v1 import catalogue_service_pb2 as catalogue
from omo.inventory.v1 import catalogue_service_pb2_grpc as catalogue_rpc
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.inventory.v1 import stock_service_pb2_grpc as rpc

SKUS = 1_000
PLENTY = 10**9
PLACE = "TPE01"
HOT = "HOT"
_CHANNELS = 4
_DEADLINE = 30.0
# our own queue is full, or the transport's: it cancels calls beyond a thousand that wait to be taken
_FULL = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED)

Call = Callable[[int], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """Calls a second, and how long one took in milliseconds."""

    rate: float
    p50: float
    p99: float


class Shoppers:
    """Everybody's side of the measurement."""

    def __init__(self, address: str, token: str, random: Random) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channels = [grpc.aio.insecure_channel(address, options) for _ in range(_CHANNELS)]
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._random = random
        self._stubs = [rpc.StockServiceStub(channel) for channel in self._channels]
        self._empty = [
            channel.unary_unary(f"/{EMPTY}/Call", pb.HoldRequest.SerializeToString, pb.HoldResponse.FromString)
            for channel in self._channels
        ]

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()

    async def stock(self) -> None:
        """A thousand SKUs with more than anybody can buy, and one that all want."""
        place = catalogue_pb2.Location(
            location_id=PLACE, name=PLACE, kind=catalogue_pb2.LOCATION_KIND_STORE, active=True
        )
        stub = catalogue_rpc.CatalogueServiceStub(self._channels[0])
        request = catalogue.PutLocationsRequest(request_id=uuid7(), locations=[place])
        await stub.PutLocations(request, metadata=self._metadata, timeout=_DEADLINE)
        for start in range(0, SKUS, 200):
            await self._describe(*(f"SKU{number:04}" for number in range(start, start + 200)))
            await self._open({f"SKU{number:04}": PLENTY for number in range(start, start + 200)})
        await self._describe(HOT, "RUSH")
        await self._open({HOT: PLENTY})

    async def empty(self, number: int) -> None:
        """What any call costs."""
        await self._empty[number % _CHANNELS](_ask(HOT), metadata=self._metadata, timeout=_DEADLINE)

    async def spread(self, number: int) -> None:
        await self._hold(number, f"SKU{self._random.randrange(SKUS):04}")

    async def two_lines(self, number: int) -> None:
        await self._hold(number, *(f"SKU{self._random.randrange(SKUS):04}" for _ in range(2)))

    async def hot(self, number: int) -> None:
        await self._hold(number, HOT)

    async def run(self, call: Call, callers: int, count: int) -> Figure:
        """So many calls by so many callers."""
        numbers = iter(range(count))
        times: list[float] = []

        async def keep_calling() -> None:
            for number in numbers:
                begun = time.perf_counter()
                await call(number)
                times.append(time.perf_counter() - begun)

        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(keep_calling())
        return _figure(times, time.perf_counter() - begun)

    async def rush(self, units: int, buyers: int) -> tuple[int, int, int, Figure]:
        """Everybody at once for the same few: units held, buyers refused, and times a full queue sent one back."""
        await self._open({"RUSH": units})
        told: Counter[grpc.StatusCode] = Counter()

        async def buy(number: int) -> None:
            asked = _ask("RUSH")
            while (status := await self._status(number, asked)) in _FULL:
                told[status] += 1
                await asyncio.sleep(self._random.uniform(0.02, 0.1))
            told[status] += 1

        figure = await self.run(buy, buyers, buyers)
        request = pb.GetAvailabilityRequest(skus=["RUSH"], location_ids=[PLACE])
        reply = await self._stubs[0].GetAvailability(request, metadata=self._metadata, timeout=_DEADLINE)
        return reply.levels[0].held, told[grpc.StatusCode.FAILED_PRECONDITION], sum(told[one] for one in _FULL), figure

    async def _status(self, number: int, asked: pb.HoldRequest) -> grpc.StatusCode:
        try:
            await self._stubs[number % _CHANNELS].Hold(asked, metadata=self._metadata, timeout=_DEADLINE)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    async def _hold(self, number: int, *skus: str) -> None:
        await self._stubs[number % _CHANNELS].Hold(_ask(*skus), metadata=self._metadata, timeout=_DEADLINE)

    async def _describe(self, *skus: str) -> None:
        products = [
            catalogue_pb2.Product(
                product_id=sku, name=sku, active=True, variants=[catalogue_pb2.Variant(sku=sku, active=True)]
            )
            for sku in skus
        ]
        request = catalogue.PutProductsRequest(request_id=uuid7(), products=products)
        stub = catalogue_rpc.CatalogueServiceStub(self._channels[0])
        await stub.PutProducts(request, metadata=self._metadata, timeout=_DEADLINE)

    async def _open(self, levels: dict[str, int]) -> None:
        opening = [
            stock_pb2.Movement(sku=sku, location_id=PLACE, quantity=quantity, kind=stock_pb2.MOVEMENT_KIND_OPENING)
            for sku, quantity in levels.items()
        ]
        request = pb.PostMovementsRequest(request_id=uuid7(), movements=opening)
        await self._stubs[0].PostMovements(request, metadata=self._metadata, timeout=_DEADLINE)


def _ask(*skus: str) -> pb.HoldRequest:
    hold_id = uuid7()
    lines = [stock_pb2.HoldLine(sku=sku, location_id=PLACE, quantity=1) for sku in skus]
    return pb.HoldRequest(request_id=hold_id, order_id=hold_id, lines=lines)


def _figure(times: list[float], whole: float) -> Figure:
    times.sort()
    return Figure(len(times) / whole, times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3)
