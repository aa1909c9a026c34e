"""The bare path's services: order asks inventory and member at once, then writes; each writes one commit."""

import asyncio
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import uvloop

from benchmarks.bare import books
from omo.inventory.v1 import stock_pb2, stock_service_pb2
from omo.member.v1 import points_service_pb2
from omo.order.v1 import order_pb2, order_service_pb2

PRICE = 1_000
SERVICE = "omo.benchmark.v1.Bare"
_WITHIN = 5.0
Handle = Callable[[Any, Any], Awaitable[Any]]


def inventory(pool: Any) -> Handle:
    """Holds all lines or none."""

    async def hold(request: stock_service_pb2.HoldRequest, context: Any) -> stock_service_pb2.HoldResponse:
        skus, quantities = [line.sku for line in request.lines], [line.quantity for line in request.lines]
        if not await pool.fetchval(books.HOLD, uuid.UUID(request.order_id), skus, quantities):
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "out of stock")
        return stock_service_pb2.HoldResponse(hold=stock_pb2.Hold(hold_id=request.order_id))

    return hold


def member(pool: Any) -> Handle:
    """Books the points."""

    async def earn(request: points_service_pb2.HoldRequest, _context: Any) -> points_service_pb2.HoldResponse:
        await pool.execute(books.EARN, uuid.UUID(request.request_id), request.member_id, request.points)
        return points_service_pb2.HoldResponse(points=request.points)

    return earn


def order(pool: Any, to_inventory: grpc.aio.Channel, to_member: grpc.aio.Channel) -> Handle:
    """Takes an order."""
    hold, earn = method(to_inventory, "inventory"), method(to_member, "member")

    async def place(request: order_service_pb2.PlaceOrderRequest, _context: Any) -> Any:
        order_id = uuid.uuid4()
        total = PRICE * sum(line.quantity for line in request.lines)
        lines = [stock_pb2.HoldLine(sku=line.sku, quantity=line.quantity) for line in request.lines]
        await asyncio.gather(
            hold(stock_service_pb2.HoldRequest(order_id=str(order_id), lines=lines), timeout=_WITHIN),
            earn(
                points_service_pb2.HoldRequest(
                    request_id=str(order_id), member_id=request.member_id, points=total // 10
                ),
                timeout=_WITHIN,
            ),
        )
        answer = order_service_pb2.PlaceOrderResponse(
            order=order_pb2.Order(order_id=str(order_id), state=order_pb2.ORDER_STATE_CONFIRMED)
        )
        event = answer.SerializeToString()
        skus, quantities = [line.sku for line in lines], [line.quantity for line in lines]
        await pool.execute(books.PLACE, order_id, request.member_id, total, skus, quantities, uuid.uuid4(), event)
        return answer

    return place


_MESSAGES: dict[str, tuple[Any, Any]] = {
    "inventory": (stock_service_pb2.HoldRequest, stock_service_pb2.HoldResponse),
    "member": (points_service_pb2.HoldRequest, points_service_pb2.HoldResponse),
    "order": (order_service_pb2.PlaceOrderRequest, order_service_pb2.PlaceOrderResponse),
}


def method(channel: grpc.aio.Channel, owner: str) -> Any:
    """An owner's one method, as its caller sees it."""
    asked, answered = _MESSAGES[owner]
    return channel.unary_unary(f"/{SERVICE}/{owner}", asked.SerializeToString, answered.FromString)


async def serve(owner: str, dsn: str, *neighbours: str) -> None:
    """Serves one owner until SIGTERM; prints its address."""
    pool = await books.connect(dsn)
    channels = [grpc.aio.insecure_channel(neighbour) for neighbour in neighbours]
    handle = {"inventory": inventory, "member": member, "order": order}[owner](pool, *channels)  # type: ignore[operator]
    asked, answered = _MESSAGES[owner]
    handler = grpc.unary_unary_rpc_method_handler(
        handle, request_deserializer=asked.FromString, response_serializer=answered.SerializeToString
    )
    server = grpc.aio.server()
    server.add_registered_method_handlers(SERVICE, {owner: handler})
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {owner: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await server.stop(1)
    for channel in channels:
        await channel.close()
    await pool.close()


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
