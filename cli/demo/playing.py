"""Plays a story on a running fleet: what only its keeper can do is done here, the story keeps to the public doors."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import grpc
import httpx

from cli.demo import story
from cli.demo.stage import Doors, Stage, StoryBroken
from cli.demo.tale import Shopper
from cli.fleet import clock as clocks
from cli.fleet import operator, proof
from cli.fleet.backing import Backing
from cli.fleet.plan import service_secret
from cli.fleet.quiet import Watch
from cli.fleet.running import Running
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from kit.errors import Fault
from omo.member.v1 import access_service_pb2_grpc as access_rpc

_TELLINGS = "demo-tellings"
_FIRST_NUMBER = 912_345_678
_ROLES = ("admin", "merchandiser", "analyst")


async def play(home: Home, found: Running, backing: Backing, say: Callable[[str], None]) -> None:
    """One telling; each has a shopper of its own, so that it can be told again on the same data."""
    told = home.noted(_TELLINGS)
    number = told if isinstance(told, int) else 0
    home.note(_TELLINGS, number + 1)
    async with stage(home, found, backing, say) as ready:
        try:
            await story.play(ready, Shopper(f"0{_FIRST_NUMBER + number}"))
        except (Fault, grpc.aio.AioRpcError, httpx.HTTPError) as error:
            raise StoryBroken(f"after step {ready.steps}: {_said(error)}", f"read {home.root}/log") from error
        finally:
            gc.collect()  # calls that were cut hold their connections in reference cycles; the fleet stays up for long


def _said(error: Exception) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name} {error.details()}"
    return f"{error.reason}: {error}" if isinstance(error, Fault) else f"{type(error).__name__} {error}"


@asynccontextmanager
async def stage(home: Home, found: Running, backing: Backing, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """The stage that a home's fleet is."""
    folder = home.root / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    services = {name: found.processes[name] for name in SERVICES if name in found.processes}
    clock = clocks.open_clock(backing.valkey("operator"))
    watch = await Watch.open(backing, list(services), clock)
    secret = service_secret(home, operator.NAME)

    async def prove() -> tuple[int, list[str]]:
        proved = await proof.everything(services, secret, await watch.hearers())
        return len(proved), [f"{check.name}: {drift}" for check in proved for drift in check.drifts]

    try:
        yield Stage(
            doors=Doors(
                found.gateway_url,
                found.door,
                home.root.joinpath(found.certificate_authority).read_bytes(),
                f"http://{found.processes['messaging']}" if "messaging" in found.processes else "",
            ),
            folder=folder,
            clock=clock,
            invite=inviting(services["member"], secret),
            member_log=lambda: home.log("member").read_text(errors="replace"),
            settle=watch.wait,
            prove=prove,
            say=say,
        )
    finally:
        await watch.close()
        await clock.close()


def inviting(member: str, secret: str) -> Callable[[str], Awaitable[tuple[str, str]]]:
    """Invites the story's user at headquarters, as `omoctl init` does: answers the link's secret and the user's id."""

    async def invite(user_id: str) -> tuple[str, str]:
        async with grpc.aio.insecure_channel(member) as channel:
            access = access_rpc.AccessServiceStub(channel)
            invited = await operator.invite(access, secret, "Demo", _ROLES, user_id)
        return invited.invite_token, invited.user_id

    return invite
