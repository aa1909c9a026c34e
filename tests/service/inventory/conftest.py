"""The inventory service on a real database, behind a real port, with a clock that tests move."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio

from kit import access
from kit.inbox import Event, Inbox
from kit.postgres import Database
from kit.rpc.client import connect
from kit.rpc.server import Server
from kit.settings import read
from kit.tokens import TokenVerifier
from omo.inventory.v1 import catalogue_pb2, stock_pb2
from omo.inventory.v1 import catalogue_service_pb2 as cat
from omo.inventory.v1 import catalogue_service_pb2_grpc as cat_rpc
from omo.inventory.v1 import stock_service_pb2 as pb
from omo.inventory.v1 import stock_service_pb2_grpc as rpc
from services.inventory import floor, main
from services.inventory.permissions import PERMISSIONS
from services.inventory.repairs import store as repairs_store
from services.inventory.settings import Settings
from services.inventory.stock.store_proof import CHECKS
from tests.depth import PATIENCE
from tests.harness.databases import Databases
from tests.harness.patience import patient
from tests.harness.proving import Proving
from tests.unit.kit_rpc.issuer import Issuer

HQ = {"audience": "hq", "sub": "hq-1", "roles": ["merchandiser"]}
ORDER = {"audience": "service", "sub": "order"}
OPERATOR = {"audience": "service", "sub": "operator"}


@dataclass(slots=True)
class Moving:
    """A clock that stands still until a test moves it."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


def member(sub: str = "m1") -> dict[str, Any]:
    return {"audience": "shop", "sub": sub}


def device(location_id: str = "TPE01") -> dict[str, Any]:
    return {"audience": "device", "sub": "till-1", "terminal": "till-1", "locations": [location_id]}


@dataclass(slots=True)
class Inventory:
    """The running service and everybody who may call it."""

    db: Database
    clock: Moving
    ground: main.Ground
    issuer: Issuer
    catalogue: cat_rpc.CatalogueServiceStub
    stock: rpc.StockServiceStub
    facts: rpc.StockFactServiceStub
    channel: Any = None
    target: str = ""
    _tokens: dict[str, str] = field(default_factory=dict)
    proving: Proving = field(init=False)

    def __post_init__(self) -> None:
        self.proving = Proving(self.drifts)

    async def call(
        self, method: Any, request: Any, who: Mapping[str, Any] | None = None, seconds: float = PATIENCE
    ) -> Any:
        """One call in somebody's name."""
        key = repr(who)
        if who is not None and key not in self._tokens:
            self._tokens[key] = self.issuer.token(**who)
        metadata = (("authorization", f"Bearer {self._tokens[key]}"),) if who is not None else ()
        return await method(request, metadata=metadata, timeout=seconds)

    async def stocked(self, levels: Mapping[tuple[str, str], int]) -> None:
        """SKUs and stores that exist, with so much on hand."""
        skus = sorted({sku for sku, _ in levels})
        places = sorted({place for _, place in levels})
        await self.put_products(*skus)
        await self.put_locations(*places)
        opening = [movement(sku, place, quantity) for (sku, place), quantity in levels.items() if quantity]
        if opening:
            await self.post(*opening)

    async def put_products(self, *skus: str) -> None:
        products = [
            catalogue_pb2.Product(
                product_id=f"P-{sku}", name=sku, active=True, variants=[catalogue_pb2.Variant(sku=sku, active=True)]
            )
            for sku in skus
        ]
        await self.call(self.catalogue.PutProducts, cat.PutProductsRequest(request_id=new(), products=products), HQ)

    async def put_locations(self, *ids: str, **changed: Any) -> None:
        given = {"kind": catalogue_pb2.LOCATION_KIND_STORE, "active": True, "pickup": True} | changed
        locations = [catalogue_pb2.Location(**{"location_id": code, "name": code, **given}) for code in ids]
        await self.call(self.catalogue.PutLocations, cat.PutLocationsRequest(request_id=new(), locations=locations), HQ)

    async def post(self, *movements: stock_pb2.Movement) -> Any:
        return await self.call(
            self.stock.PostMovements, pb.PostMovementsRequest(request_id=new(), movements=movements), HQ
        )

    async def hold(self, wanted: Sequence[Any], who: Mapping[str, Any] | None = None, **more: Any) -> Any:
        given = {"request_id": new(), "lines": list(map(line, wanted))} | more
        return (await self.call(self.stock.Hold, pb.HoldRequest(**given), who or member())).hold

    async def release(self, hold_id: str, who: Mapping[str, Any] | None = None) -> Any:
        request = pb.ReleaseRequest(request_id=new(), hold_id=hold_id, reason="test")
        return (await self.call(self.stock.Release, request, who or member())).hold

    async def level(self, sku: str, place: str = "TPE01") -> Any:
        request = pb.GetAvailabilityRequest(skus=[sku], location_ids=[place])
        return (await self.call(self.stock.GetAvailability, request, HQ)).levels[0]

    async def hear(self, *events: Any) -> None:
        """Takes events as the consumer does: through the inbox, in one transaction."""
        inbox = Inbox("inventory", self.ground.reactions.handlers())
        for event in events:
            event.meta.event_id = event.meta.event_id or str(uuid.uuid4())
        with access.acting_as(access.service("inventory")):
            async with self.db.transaction() as tx:
                known = [Event(one.meta.event_id, one.DESCRIPTOR.full_name, one) for one in events]
                await inbox.take(tx, known)

    async def drifts(self) -> list[Any]:
        """Everything that does not add up."""
        async with self.db.read() as tx:
            checks = (*CHECKS, *floor.CHECKS, *repairs_store.CHECKS)
            return [(check.name, dict(row)) for check in checks for row in await tx.fetch(check.drifts)]

    async def told(self, kind: Any) -> list[Any]:
        """Events of a kind in the outbox, oldest first."""
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT payload FROM outbox WHERE subject LIKE $1 || '.%' ORDER BY record_time, event_id",
                kind.DESCRIPTOR.full_name,
            )
        return [kind.FromString(row["payload"]) for row in rows]


def new() -> str:
    return str(uuid.uuid4())


def line(given: Any) -> stock_pb2.HoldLine:
    sku, quantity, *place = given
    return stock_pb2.HoldLine(sku=sku, quantity=quantity, location_id=place[0] if place else "TPE01")


def movement(sku: str, place: str, quantity: int, kind: str = "OPENING", **more: Any) -> stock_pb2.Movement:
    value = stock_pb2.MovementKind.Value(f"MOVEMENT_KIND_{kind}")
    return stock_pb2.Movement(sku=sku, location_id=place, quantity=quantity, kind=value, **more)


@pytest_asyncio.fixture
async def inventory(databases: Databases) -> AsyncIterator[Inventory]:
    """The service, freshly migrated and listening."""
    async with serving(databases) as made:
        yield made


@asynccontextmanager
async def serving(databases: Databases, **told: str) -> AsyncIterator[Inventory]:
    """The service on a database of its own."""
    async with patient((await databases.address("inventory")).dsn, 8) as db, served(db, **told) as made:
        yield made


@asynccontextmanager
async def served(db: Database, **told: str) -> AsyncIterator[Inventory]:
    """The service on this database."""
    # one shopper stands for many, where it does not matter who asks
    settings = read(Settings, {"OMO_ENV": "test", "OMO_CART_HOLDS_MOST": "1000000", **told})
    clock, issuer = Moving(), Issuer()
    access.become(access.service("inventory"))
    ground = main.ground(settings, db, clock)
    server = Server("inventory", settings, TokenVerifier(issuer.jwks, settings.issuer), PERMISSIONS)
    main.open_catalogue(ground, server)
    main.open_stock(ground, server)
    main.open_reading(ground, server)
    main.open_sourcing(ground, server)
    main.open_floor(ground, server)
    main.open_planning(ground, server)
    main.open_repairs(ground, server)
    access.become(access.ANONYMOUS)
    target = await server.start()
    channel = connect(target)
    yield Inventory(
        db,
        clock,
        ground,
        issuer,
        cat_rpc.CatalogueServiceStub(channel),
        rpc.StockServiceStub(channel),
        rpc.StockFactServiceStub(channel),
        channel,
        target,
    )
    await channel.close()
    await server.stop(grace=1)


@pytest_asyncio.fixture
async def proved_at_last(inventory: Inventory) -> AsyncIterator[None]:
    """For many examples: when all are played, everything adds up."""
    yield
    await inventory.proving.all()
