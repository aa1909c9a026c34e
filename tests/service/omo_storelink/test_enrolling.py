"""A terminal enrols while the house behind the door is being restarted."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from omo.member.v1.access_pb2 import Terminal
from omo.storelink.v1 import till_service_pb2 as pb
from omo.storelink.v1 import till_service_pb2_grpc as rpc
from omo_storelink import door


class House(rpc.TillServiceServicer):
    """Answers each enrolment with the next of its moods."""

    moods: list[grpc.StatusCode]

    async def EnrolTerminal(self, request: pb.EnrolTerminalRequest, context: Any) -> pb.EnrolTerminalResponse:
        if self.moods:
            await context.abort(self.moods.pop(0), "not now")
        return pb.EnrolTerminalResponse(terminal=Terminal(terminal_id=request.code), device_secret="secret")


@pytest_asyncio.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[House, str]]:
    monkeypatch.setattr(door, "_AGAIN_SECONDS", 0.01)
    server, house = grpc.aio.server(), House()  # type: ignore[abstract]
    rpc.add_TillServiceServicer_to_server(house, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield house, f"127.0.0.1:{port}"
    await server.stop(None)


async def test_it_asks_again_while_somebody_is_away(house: tuple[House, str]) -> None:
    there, address = house
    there.moods = [grpc.StatusCode.UNAVAILABLE] * 2
    credential = await door.enrol(address, "T1", insecure=True)
    assert (credential.terminal_id, credential.device_secret) == ("T1", "secret")


async def test_a_refusal_is_told_at_once(house: tuple[House, str]) -> None:
    there, address = house
    there.moods = [grpc.StatusCode.FAILED_PRECONDITION] * 2
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await door.enrol(address, "T1", insecure=True)
    assert (refused.value.code(), len(there.moods)) == (grpc.StatusCode.FAILED_PRECONDITION, 1)
