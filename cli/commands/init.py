"""`omoctl init`: the first user at headquarters."""

import json
from typing import Annotated

import grpc
import typer

from cli import shown
from cli.fleet import operator, running
from cli.fleet.plan import service_secret
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from omo.member.v1 import access_service_pb2_grpc as access_rpc

_ROLES = ("admin",)


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    name: Annotated[str, typer.Option(help="How the user is called.")] = "Headquarters",
) -> None:
    """Invite an admin to headquarters; prints a one-time link for 24 hours, once. Others are then invited by him."""
    shown.run(_init(name))


async def _init(name: str) -> None:
    home = Home.open()
    found = running.find(home)
    async with grpc.aio.insecure_channel(found.processes["member"]) as channel:
        access = access_rpc.AccessServiceStub(channel)
        try:
            invited = await operator.invite(access, service_secret(home, operator.NAME), name, _ROLES)
        except grpc.aio.AioRpcError as error:
            raise Trouble(
                f"member refused: {error.code().name}, {error.details()}", f"read {home.log('member')}"
            ) from None
    until = invited.expire_time.ToDatetime().isoformat(timespec="minutes")
    body = json.dumps({"invite_token": invited.invite_token, "device_id": "terminal"})
    shown.line(f"{name} is invited as admin (user {invited.user_id}); this works once, until {until}Z:")
    shown.line(f"curl -s {found.gateway_url}/v1/hq/auth/redeem -H 'Content-Type: application/json' -d '{body}'")
