"""Serves the order service for tests of its sales: no neighbour is ever asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from kit.rpc.server import Server
from kit.settings import read
from kit.tokens import TokenVerifier
from services.order.main import Order
from services.order.permissions import PERMISSIONS
from services.order.settings import Settings
from tests.harness.databases import Databases
from tests.service.order.sales_rig import Moving, Rig
from tests.unit.kit_rpc.issuer import ISSUER, Issuer


@asynccontextmanager
async def serving(databases: Databases) -> AsyncIterator[Rig]:
    """The service with a brand that it knows."""
    db = await databases.open("order", size=8)
    issuer, clock = Issuer(), Moving()
    settings = read(Settings, {"OMO_ENV": "test"})
    nowhere = grpc.aio.insecure_channel("127.0.0.1:1")
    parts = Order(settings, db, clock, nowhere, nowhere)
    server = Server("order", settings, TokenVerifier(issuer.jwks, ISSUER), PERMISSIONS)
    parts.serve_on(server, _nothing_pending)
    channel = grpc.aio.insecure_channel(await server.start())
    rig = Rig(db, clock, parts, issuer, channel)
    await rig.know()
    yield rig
    await channel.close()
    await server.stop(grace=1)
    await nowhere.close()


async def _nothing_pending() -> int:
    return 0
