"""Connects a command to this home's running fleet: as headquarters to the services, as tills to the store door."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from cli.completejourney.headquarters import DEADLINE, Headquarters
from cli.completejourney.tills import Journal, Till
from cli.fleet import operator, running
from cli.fleet.plan import service_secret
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit.ids import uuid7
from omo.member.v1 import access_pb2 as access_pb
from omo.member.v1 import access_service_pb2 as access
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.storelink.v1 import till_service_pb2 as till_pb
from omo.storelink.v1 import till_service_pb2_grpc as till_rpc
from omo_storelink import Credential, Door

_TERMINALS, _SESSION = "completejourney-terminals", "completejourney-session"
_DEVICE = "omoctl"
ROLES = ("admin", "merchandiser", "analyst")


@dataclass(slots=True)
class Suite:
    """A running fleet as its two kinds of outsiders see it."""

    home: Home
    hq: Headquarters
    address: str
    door: grpc.aio.Channel
    terminals: dict[str, dict[str, str]]

    async def enrol(self, store_id: str) -> bool:
        """Enrols a store's till, once; its credential is shown once, so it is kept in the home at once."""
        if store_id in self.terminals:
            return False
        asked = access.CreateTerminalCodeRequest(request_id=uuid7(), location_id=store_id, name="replay")
        made = await self.hq.access.CreateTerminalCode(asked, metadata=self.hq.metadata, timeout=DEADLINE)
        till = till_rpc.TillServiceStub(self.door)
        reply = await till.EnrolTerminal(till_pb.EnrolTerminalRequest(code=made.code), timeout=DEADLINE)
        self.terminals[store_id] = {"id": reply.terminal.terminal_id, "secret": reply.device_secret}
        self.home.note(_TERMINALS, self.terminals)
        return True

    def open_till(self, store_id: str, journal: Sequence[bytes]) -> Till:
        """The till of a store; all tills share one channel, as the machine that plays them is one."""
        credential = self.terminals.get(store_id)
        if credential is None:
            raise Trouble(f"store {store_id} has no till", "run `omoctl import completejourney` with these weeks first")
        door = Door(self.address, Credential(credential["id"], credential["secret"]), channel=self.door)
        return Till(door, Journal(journal))


@asynccontextmanager
async def connected(home: Home) -> AsyncIterator[Suite]:
    """The fleet of this home; refuses when none runs."""
    found = running.find(home)
    channels = {name: grpc.aio.insecure_channel(found.processes[name]) for name in SERVICES}
    door = grpc.aio.secure_channel(found.door, _trusted(found.certificate_authority))
    noted: Any = home.noted(_TERMINALS)
    try:
        token = await _headquarters_token(home, access_rpc.AccessServiceStub(channels["member"]))
        yield Suite(home, Headquarters.over(channels, token), found.door, door, noted or {})
    except (grpc.aio.AioRpcError, ExceptionGroup) as error:
        raise _trouble(error) from error
    finally:
        for channel in (door, *channels.values()):
            await channel.close()


def _trusted(certificate_authority: str) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(Path(certificate_authority).read_bytes())


def _trouble(error: Exception) -> Exception:
    """What a person can act on: of several that failed at once the first, of a refused call its words."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, grpc.aio.AioRpcError):
        return Trouble(f"the fleet refused: {error.code().name}, {error.details()}", "read OMO_HOME/log")
    return error


async def _headquarters_token(home: Home, stub: "access_rpc.AccessServiceAsyncStub") -> str:
    """One user at headquarters for all runs: what it asked before is then known to be the same request."""
    noted: Any = home.noted(_SESSION)
    session = await _refreshed(stub, noted["refresh_token"]) if noted else None
    if session is None:
        session = await _invited(home, stub)
    home.note(_SESSION, {"refresh_token": session.refresh_token})
    return session.access_token


async def _refreshed(stub: "access_rpc.AccessServiceAsyncStub", refresh_token: str) -> access_pb.Session | None:
    request = access.RefreshSessionRequest(refresh_token=refresh_token, device_id=_DEVICE)
    try:
        return (await stub.RefreshSession(request, timeout=DEADLINE)).session
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            raise
        return None  # too old, or of data that are gone: the operator may invite again


async def _invited(home: Home, stub: "access_rpc.AccessServiceAsyncStub") -> access_pb.Session:
    invited = await operator.invite(stub, service_secret(home, operator.NAME), "Data import", ROLES)
    redeem = access.RedeemHqInviteRequest(invite_token=invited.invite_token, device_id=_DEVICE)
    return (await stub.RedeemHqInvite(redeem, timeout=DEADLINE)).session
