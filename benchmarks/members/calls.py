"""Calls the member service from a process of its own, at a pace or as fast as it answers; prints what it took."""

import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import uvloop

from benchmarks.members import people
from omo.member.v1 import identity_service_pb2 as identity_pb
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import points_service_pb2_grpc as points_rpc

_POINTS = 10
Call = Callable[[int], Awaitable[None]]


def _ways(channel: grpc.aio.Channel, asked: dict[str, Any]) -> dict[str, Call]:
    chance, tokens = random.Random(asked["seed"]), asked["tokens"]
    identity = identity_rpc.IdentityServiceStub(channel)
    points, wallet = points_rpc.PointsServiceStub(channel), points_rpc.WalletServiceStub(channel)

    def who(turn: int) -> tuple[tuple[str, str]]:
        return (("authorization", f"Bearer {tokens[turn % len(tokens)]}"),)

    async def find(turn: int) -> None:
        request = identity_pb.FindMemberRequest(key="0" + people.phone(chance.randrange(asked["members"]))[4:])
        await identity.FindMember(request, metadata=who(turn), timeout=10)

    async def standing(turn: int) -> None:
        request = points_pb.GetStandingRequest(member_id=people.member_id(chance.randrange(asked["members"])))
        await points.GetStanding(request, metadata=who(turn), timeout=10)

    async def hold(turn: int) -> None:
        order_id, number = asked["orders"][turn]
        request = points_pb.HoldRequest(request_id=order_id, member_id=people.member_id(number), points=_POINTS)
        await wallet.Hold(request, metadata=who(turn), timeout=10)

    return {"find": find, "standing": standing, "hold": hold}


async def _paced(call: Call, per_second: float, seconds: float) -> list[float]:
    """Each call at its own time, whatever became of those before; milliseconds from when it was due."""
    begun, times = time.perf_counter() + 0.1, list[float]()

    async def one(turn: int) -> None:
        due = begun + turn / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        try:
            await call(turn)
        except grpc.aio.AioRpcError:  # too late or refused: it counts as never answered
            return
        times.append((time.perf_counter() - due) * 1e3)

    await asyncio.gather(*(one(turn) for turn in range(int(per_second * seconds))))
    return times


async def _eager(call: Call, clients: int, turns: int) -> list[float]:
    """So many clients, each asking again as soon as it is answered."""
    left, times = iter(range(turns)), list[float]()

    async def keep_calling() -> None:
        for turn in left:
            begun = time.perf_counter()
            # a full house says so, and is asked again, as order asks
            while not await _done(call, turn):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            times.append((time.perf_counter() - begun) * 1e3)

    await asyncio.gather(*(keep_calling() for _ in range(clients)))
    return times


async def _done(call: Call, turn: int) -> bool:
    try:
        await call(turn)
    except grpc.aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            raise
        return False
    return True


async def main() -> None:
    """Does what stands on its input."""
    asked = json.loads(sys.stdin.read())
    gc.freeze()  # who measures does not stand still to look through what was made before
    async with grpc.aio.insecure_channel(asked["address"]) as channel:
        call = _ways(channel, asked)[asked["way"]]
        begun = time.perf_counter()
        if asked.get("per_second"):
            times = await _paced(call, asked["per_second"], asked["seconds"])
        else:
            times = await _eager(call, asked["clients"], len(asked["orders"]))
        taken = time.perf_counter() - begun
        turns = int(asked.get("per_second", 0) * asked.get("seconds", 0)) or len(times)
    # what was not answered took for ever
    times = sorted(times) + [float("inf")] * (turns - len(times))
    shown = {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "rate": len(times) / taken}
    print(json.dumps(shown))


if __name__ == "__main__":
    uvloop.run(main())
