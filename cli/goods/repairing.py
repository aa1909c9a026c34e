"""Repairs a drift of the stock books through the running service, and says what changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from cli import shown
from cli.fleet import operator, running
from cli.fleet.plan import service_secret
from cli.goods.loading import Door
from cli.stack.home import Home
from cli.stack.trouble import Trouble
from kit.ids import uuid7
from omo.inventory.v1 import repairs_service_pb2 as pb
from omo.inventory.v1 import repairs_service_pb2_grpc as rpc
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as order_pb
from omo.order.v1 import order_service_pb2_grpc as order_rpc

_FIGURES = tuple(field.name for field in pb.LevelFigures.DESCRIPTOR.fields)
# a checkout that is over and sold nothing
_OVER = {order_pb2.ORDER_STATE_CANCELLED}


class Doors:
    """The services that a repair needs, as the operator may use them."""

    def __init__(self, inventory: grpc.aio.Channel, order: grpc.aio.Channel | None, token: str) -> None:
        self.repairs = Door(rpc.RepairServiceStub(inventory), token)
        self.stock = Door(stock_rpc.StockServiceStub(inventory), token)
        self.orders = Door(order_rpc.OrderServiceStub(order), token) if order is not None else None


@asynccontextmanager
async def doors(home: Home) -> AsyncIterator[Doors]:
    """Of this home's running fleet."""
    found = running.find(home)
    async with grpc.aio.insecure_channel(found.processes["member"]) as member:
        token = await operator.token(access_rpc.AccessServiceStub(member), service_secret(home, operator.NAME))
    async with (
        grpc.aio.insecure_channel(found.processes["inventory"]) as inventory,
        grpc.aio.insecure_channel(found.processes["order"]) as order,
    ):
        yield Doors(inventory, order, token)


async def level(at: Doors, sku: str, location_id: str, reason: str) -> bool:
    """Makes a level what its rows say; True if it was not."""
    asked = pb.RecomputeLevelRequest(request_id=uuid7(), sku=sku, location_id=location_id, reason=reason)
    done = await at.repairs.ask("RecomputeLevel", asked)
    for name in _FIGURES:
        before, after = getattr(done.before, name), getattr(done.after, name)
        shown.line(f"{name:<16} {before:>9,}" + (f" → {after:,}" if before != after else ""))
    shown.line("repaired" if done.changed else "nothing was wrong")
    return bool(done.changed)


async def hold(at: Doors, hold_id: str, reason: str) -> bool:
    """Ends a hold that everybody forgot, if order says so too; True if it held anything."""
    await _over(at, hold_id)
    asked = pb.EndOrphanHoldRequest(request_id=uuid7(), hold_id=hold_id, reason=reason)
    done = await at.repairs.ask("EndOrphanHold", asked)
    shown.line(f"{done.freed:,} units came free" if done.changed else "it held nothing")
    return bool(done.changed)


async def promises(at: Doors, sku: str, reason: str) -> bool:
    """Has the promises of a SKU looked at; True if any moved."""
    asked = pb.MendPromisesRequest(request_id=uuid7(), sku=sku, reason=reason)
    done = await at.repairs.ask("MendPromises", asked)
    shown.line(
        f"{done.broken:,} units broken, {done.regained:,} stand again, {done.short:,} short where they are bound"
    )
    return bool(done.changed)


async def units(at: Doors, order_id: str, reason: str) -> bool:
    """Frees what is promised for units that ended; True if anything was."""
    asked = pb.FreeEndedUnitsRequest(request_id=uuid7(), order_id=order_id, reason=reason)
    done = await at.repairs.ask("FreeEndedUnits", asked)
    shown.line(f"{done.freed:,} units came free" if done.changed else "nothing was wrong")
    return bool(done.changed)


async def lots(at: Doors, sku: str, location_id: str, reason: str) -> bool:
    """Makes the books of lots at a place what their journal says; True if they were not."""
    asked = pb.RecountLotsRequest(request_id=uuid7(), sku=sku, location_id=location_id, reason=reason)
    done = await at.repairs.ask("RecountLots", asked)
    for name in (field.name for field in pb.LotFigures.DESCRIPTOR.fields):
        before, after = getattr(done.before, name), getattr(done.after, name)
        shown.line(f"{name:<16} {before:>9,}" + (f" → {after:,}" if before != after else ""))
    shown.line("repaired" if done.changed else "nothing was wrong")
    return bool(done.changed)


async def waiting(at: Doors, sku: str, location_id: str, reason: str) -> bool:
    """Works out anew who waits for goods at a place; True if the rows said otherwise."""
    asked = pb.RecountWaitingRequest(request_id=uuid7(), sku=sku, location_id=location_id, reason=reason)
    done = await at.repairs.ask("RecountWaiting", asked)
    shown.line(f"{done.after:,} units wait" + (f", not {done.before:,}" if done.before != done.after else ""))
    shown.line("repaired" if done.changed else "nothing was wrong")
    return bool(done.changed)


async def history(at: Doors, most: int) -> int:
    """The last repairs, the newest first."""
    found: list[Any] = []
    token = ""
    while len(found) < most:
        page = await at.repairs.ask("ListRepairs", pb.ListRepairsRequest(page_size=min(100, most), page_token=token))
        found += page.repairs
        if not (token := page.next_page_token):
            break
    for one in found[:most]:
        shown.line(
            f"{one.business_time.ToDatetime():%F %T}Z {one.kind:<8} {one.subject}  by {one.actor.id}: {one.reason}"
        )
        shown.line(f"{'':21}{one.before} → {one.after}")
    shown.line(f"{len(found[:most])} repairs" if found else "nothing was repaired")
    return len(found[:most])


async def _over(at: Doors, hold_id: str) -> None:
    """Refuses to end what order still needs: whose checkout runs, or whose confirmation nobody heard."""
    try:
        held = (await at.stock.ask("GetHold", stock_pb.GetHoldRequest(hold_id=hold_id))).hold
        order_id = held.order_id
    except Trouble:
        return  # its rows may have outlived it
    if not order_id or at.orders is None:
        return
    try:
        order = (await at.orders.ask("GetOrder", order_pb.GetOrderRequest(order_id=order_id))).order
    except Trouble as trouble:
        if "NOT_FOUND" in str(trouble):
            return
        raise
    if order.state in _OVER:
        return
    state = order_pb2.OrderState.Name(order.state).removeprefix("ORDER_STATE_")
    raise Trouble(f"order {order_id} is {state}: its hold is no orphan", _advice(state))


def _advice(state: str) -> str:
    if state in ("PENDING", "PENDING_PAYMENT"):
        return "`omoctl saga list` shows a checkout that gave up, `omoctl saga retry order` has it tried again"
    return "inventory did not hear of it yet: `omoctl prove` names the event, `omoctl republish order` sends it again"
