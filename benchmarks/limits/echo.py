"""A gRPC call that does nothing: the server that answers it, and the caller, each a process of its own."""

import asyncio
import json
import signal
import sys
import time
from typing import Any

import grpc
import uvloop

from omo.inventory.v1 import stock_service_pb2 as pb

METHOD = "/omo.benchmark.v1.Echo/Call"


async def _call(_request: pb.HoldRequest, _context: Any) -> pb.HoldResponse:
    return pb.HoldResponse()


async def serve() -> None:
    """Answers until SIGTERM; prints its address."""
    handler = grpc.unary_unary_rpc_method_handler(
        _call, request_deserializer=pb.HoldRequest.FromString, response_serializer=pb.HoldResponse.SerializeToString
    )
    server = grpc.aio.server()
    service, _, name = METHOD.strip("/").partition("/")
    server.add_registered_method_handlers(service, {name: handler})
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await server.stop(1)


async def ask(address: str, clients: str, seconds: str) -> None:
    """Calls for some seconds; prints rate, p50 and p99."""
    times: list[float] = []
    async with grpc.aio.insecure_channel(address) as channel:
        method = channel.unary_unary(METHOD, pb.HoldRequest.SerializeToString, pb.HoldResponse.FromString)
        begun = time.perf_counter()

        async def keep_calling() -> None:
            while (now := time.perf_counter()) < begun + float(seconds):
                await method(pb.HoldRequest(request_id="r", order_id="o"), timeout=5)
                times.append(time.perf_counter() - now)

        await asyncio.gather(*(keep_calling() for _ in range(int(clients))))
        taken = time.perf_counter() - begun
    times.sort()
    print(json.dumps([len(times) / taken, times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3]))


if __name__ == "__main__":
    uvloop.run(ask(*sys.argv[1:]) if sys.argv[1:] else serve())
