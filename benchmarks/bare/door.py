"""The bare path's door: FastAPI on granian, one route that asks order, and one that asks nobody."""

import asyncio
import signal
import socket
import sys
from typing import Any

import grpc
import uvloop
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server
from pydantic import BaseModel

from benchmarks.bare.owners import method
from omo.order.v1 import order_service_pb2

_WITHIN = 5.0


class LineIn(BaseModel):
    """A wanted good."""

    sku: str
    quantity: int


class OrderIn(BaseModel):
    """A basket."""

    member_id: str
    lines: list[LineIn]


class OrderOut(BaseModel):
    """What became of it."""

    order_id: str
    state: str


def build(target: str) -> FastAPI:
    """Both routes; without a target only the one that asks nobody."""
    app = FastAPI(openapi_url=None)
    place = method(grpc.aio.insecure_channel(target), "order") if target else None

    @app.post("/orders", status_code=201)
    async def place_order(body: OrderIn) -> OrderOut:
        lines = [order_service_pb2.BasketLine(sku=line.sku, quantity=line.quantity) for line in body.lines]
        assert place is not None
        reply = await place(order_service_pb2.PlaceOrderRequest(member_id=body.member_id, lines=lines), timeout=_WITHIN)
        return OrderOut(order_id=reply.order.order_id, state="CONFIRMED")

    @app.post("/echo")
    async def echo(body: OrderIn) -> OrderOut:
        return OrderOut(order_id=body.member_id, state="CONFIRMED")

    return app


async def serve(target: str = "") -> None:
    """Serves until SIGTERM; prints its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server: Any = Server(
        build(target), address="127.0.0.1", port=port, interface=Interfaces.ASGINL, websockets=False, log_enabled=False
    )
    serving = asyncio.create_task(server.serve())
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        break
    print(f"127.0.0.1:{port}", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.stop()
    await asyncio.wait([serving], timeout=5)


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
