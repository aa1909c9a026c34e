"""`omoctl facts`: fetches what segments know of orders from member's other books, page by page."""

import grpc
import typer

from cli import shown
from cli.fleet import operator, running
from cli.fleet.plan import service_secret
from cli.goods.loading import Door
from cli.stack.home import Home
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import segments_service_pb2 as pb
from omo.member.v1 import segments_service_pb2_grpc as rpc


def register(app: typer.Typer) -> None:
    app.command()(facts)


def facts() -> None:
    """Rebuild what segments know of orders: after an upgrade from before there were facts. Safe to repeat."""
    members, orders = shown.run(_rebuild(Home.open()))
    shown.line(f"{members:,} members looked at, {orders:,} orders that segments did not know")


async def _rebuild(home: Home) -> tuple[int, int]:
    async with grpc.aio.insecure_channel(running.find(home).processes["member"]) as member:
        token = await operator.token(access_rpc.AccessServiceStub(member), service_secret(home, operator.NAME))
        return await rebuilt(Door(rpc.SegmentServiceStub(member), token))


async def rebuilt(door: Door) -> tuple[int, int]:
    """All pages: how many members, and how many orders were not known."""
    members, orders, after = 0, 0, ""
    while True:
        done = await door.ask("RebuildFacts", pb.RebuildFactsRequest(after_member_id=after))
        members, orders = members + done.members, orders + done.orders
        if not done.next_member_id:
            return members, orders
        after = done.next_member_id
