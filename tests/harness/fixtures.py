"""The fixtures that tests take: servers, databases, a JetStream account, a Valkey database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from cli.stack.servers import Servers
from kit.postgres import Database
from tests.harness import fleet as fleets
from tests.harness import shared
from tests.harness.databases import Address, Databases
from tests.harness.fleet import TestFleet
from tests.harness.shared import NatsCorner, ValkeyCorner

StartFleet = Callable[..., Awaitable[TestFleet]]


@pytest_asyncio.fixture(scope="session")
async def servers() -> Servers:
    """Postgres, NATS and Valkey on free ports, one set for each run."""
    return await shared.servers()


@pytest_asyncio.fixture
async def databases(servers: Servers) -> AsyncIterator[Databases]:
    """Fresh databases for one test: `await databases.address("order")` or `.open("order")`."""
    made = await Databases.connect(servers)
    yield made
    await made.close()


@pytest_asyncio.fixture(scope="module")
async def module_databases(servers: Servers) -> AsyncIterator[Databases]:
    """Like `databases`, for fixtures that a whole module shares."""
    made = await Databases.connect(servers)
    yield made
    await made.close()


@pytest.fixture
def database(databases: Databases) -> Callable[[str], Awaitable[Database]]:
    """`db = await database("order")`: a fresh migrated database, opened as the service's role."""
    return databases.open


@pytest.fixture
def database_address(databases: Databases) -> Callable[[str], Awaitable[Address]]:
    """`address = await database_address("order")`: a fresh migrated database for a process (dsn, owner_dsn)."""
    return databases.address


@pytest_asyncio.fixture
async def nats(servers: Servers) -> AsyncIterator[NatsCorner]:
    """An empty JetStream account: `nats.url`, `nats.seed("order")`, `await nats.connect("order")`, `nats.jetstream`."""
    corner = shared.corner_of_nats(servers, await shared.operator_of_nats(servers))
    await corner.empty()
    yield corner
    await corner.empty()
    await corner.operator.close()


@pytest_asyncio.fixture
async def valkey(servers: Servers) -> AsyncIterator[ValkeyCorner]:
    """An empty Valkey database: `valkey.url("gateway")`, and `valkey.client` as the operator."""
    corner = shared.corner_of_valkey(servers)
    await corner.client.flushdb()
    yield corner
    await corner.client.flushdb()
    await corner.client.aclose()


@pytest_asyncio.fixture(scope="session")
async def fleet(servers: Servers) -> AsyncIterator[TestFleet]:
    """The run's one fleet: every process, for journeys. It may not be harmed.

    Tests that move its clock belong into one group, so that one worker runs
    them: `pytestmark = pytest.mark.xdist_group("fleet")`.
    """
    found = await fleets.shared(servers)
    yield found
    await found.clock.close()


@pytest_asyncio.fixture
async def own_fleet(request: pytest.FixtureRequest) -> AsyncIterator[StartFleet]:
    """`fleet = await own_fleet(proxied=[("order", "inventory")])`: a fleet that the test may harm."""
    started: list[TestFleet] = []

    async def start(**wishes: Any) -> TestFleet:
        name = f"{abs(hash(request.node.nodeid)):x}-{len(started)}"
        started.append(await fleets.dedicated(name, **wishes))
        return started[-1]

    yield start
    for one in started:
        await one.close()
        one.fleet.plan.home.remove()
