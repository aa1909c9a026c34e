"""The inventory service as one process of the measurement, with one call that does nothing beside its own."""

import asyncio
import json
import signal
import sys
from dataclasses import replace
from typing import Any

import grpc
import uvloop

from kit import access
from kit.access import allow
from kit.clock import system_clock
from kit.postgres import Database
from kit.rounds import Rounds
from kit.rpc.server import Server
from kit.settings import load
from kit.telemetry import logs
from kit.tokens import TokenVerifier
from omo.inventory.v1 import stock_service_pb2 as pb
from services.inventory import main
from services.inventory.permissions import PERMISSIONS
from services.inventory.settings import Settings
from services.inventory.stock.holds import Holds
from services.inventory.stock.sweep import Sweep
from tests.unit.kit_rpc.issuer import Issuer

EMPTY = "omo.benchmark.v1.EmptyService"


class Empty:
    """Takes a hold's question and gives a hold's answer without looking at either."""

    async def Call(self, request: pb.HoldRequest, context: Any) -> pb.HoldResponse:  # noqa: ARG002
        return pb.HoldResponse()


def _add_empty(servicer: Empty, server: Any) -> None:
    handler = grpc.unary_unary_rpc_method_handler(
        servicer.Call,
        request_deserializer=pb.HoldRequest.FromString,
        response_serializer=pb.HoldResponse.SerializeToString,
    )
    methods = {"Call": handler}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(EMPTY, methods),))
    server.add_registered_method_handlers(EMPTY, methods)


async def serve(settings: Settings, limit: int) -> None:
    """Serves until SIGTERM, batches of at most `limit` holds; says first where, and with which token to come."""
    logs.configure("inventory", level="error", env=settings.env)
    access.become(access.service("inventory"))
    db = await Database.open(settings.postgres_dsn, settings.postgres_pool)
    issuer = Issuer()
    ground = main.ground(settings, db, system_clock)
    if limit:
        ground = replace(ground, holds=Holds(db, system_clock, batch=limit))
    empty = {f"/{EMPTY}/Call": ("empty.call", allow(service=True))}
    verifier = TokenVerifier(issuer.jwks, settings.issuer)
    server = Server("inventory", settings, verifier, {**PERMISSIONS, **empty})
    main.open_catalogue(ground, server)
    main.open_stock(ground, server)
    server.add(_add_empty, Empty())
    said = {"address": await server.start(), "token": issuer.token("service", "operator", exp=4102444800)}
    sweep = Rounds(Sweep(ground.holds))
    sweeping = asyncio.create_task(sweep.run())
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    sweep.stop()
    await sweeping
    await server.stop(grace=1)
    await db.close()


if __name__ == "__main__":
    uvloop.run(serve(load(Settings), int(sys.argv[1])))
