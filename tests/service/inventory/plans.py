"""A brand whose sales are known, for the planner to look at."""

import random
from datetime import timedelta
from typing import Any

import pytest

from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from omo.inventory.v1 import planning_service_pb2_grpc as planning_rpc
from omo.inventory.v1 import transfers_service_pb2 as transfers
from omo.inventory.v1 import transfers_service_pb2_grpc as transfers_rpc
from services.inventory.planner import store_runs
from services.inventory.planner.usecases import Plan
from tests.service.inventory import news, shop
from tests.service.inventory.conftest import HQ, Inventory, movement, new

COAT, PRICE, COST = "COAT", 3000, 1200
SIZES = ("S", "M", "L")
STORES = ("TPE01", "TPE02", "TXG01")
ANALYST = {"audience": "hq", "sub": "hq-2", "roles": ["analyst"]}


def planning(inventory: Inventory) -> Any:
    return planning_rpc.PlanningServiceStub(inventory.channel)


async def ask(inventory: Inventory, verb: str, request: Any, who: Any = HQ) -> Any:
    return await inventory.call(getattr(planning(inventory), verb), request, who)


async def brand(inventory: Inventory) -> None:
    """Three stores and a warehouse; a coat in three sizes, and hats that tell what goods like them sell."""
    await shop.channels(inventory)
    await inventory.put_locations(*STORES)
    await inventory.put_locations("WH1", kind=catalogue_pb2.LOCATION_KIND_WAREHOUSE, ships=True)
    coats = [
        shop.variant(f"{COAT}-{size}", unit_cost=COST, tax_class="standard", options={"size": size, "colour": "camel"})
        for size in SIZES
    ]
    hats = [shop.product(f"HAT{n}", shop.variant(f"HAT{n}", unit_cost=100), categories=["Hats"]) for n in range(6)]
    await shop.put(inventory, shop.product(COAT, *coats, categories=["Coats"]), *hats)
    amounts = {f"{COAT}-{size}": PRICE for size in SIZES} | {f"HAT{n}": 400 for n in range(6)}
    await shop.price(inventory, "retail", amounts)


async def weeks_of_sales(inventory: Inventory, weekly: dict[tuple[str, str], float], weeks: int = 26) -> None:
    """Opens the books long ago and sells so many a week, on drawn days."""
    rng = random.Random(3)
    began = inventory.clock() - timedelta(weeks=weeks)
    opening = []
    for sku, place in weekly:
        one = movement(sku, place, 2_000)
        one.business_time.FromDatetime(began)
        opening.append(one)
    await inventory.post(*opening)
    for (sku, place), rate in weekly.items():
        sales = []
        for week in range(weeks):
            units = int(rate) + (rng.random() < rate % 1)
            if units:
                at = began + timedelta(weeks=week, hours=1 + rng.randrange(150))
                sales.append(news.sale(new(), (sku, units), at=at, place=place))
        for first in range(0, len(sales), 20):
            await inventory.hear(news.recorded(*sales[first : first + 20]))


async def set_on_hand(inventory: Inventory, wanted: dict[tuple[str, str], int]) -> None:
    """Brings the books to these quantities, now."""
    moves = []
    for (sku, place), units in wanted.items():
        have = (await inventory.level(sku, place)).on_hand
        if have != units:
            one = movement(sku, place, units - have, "ADJUSTMENT")
            one.business_time.FromDatetime(inventory.clock())
            moves.append(one)
    await inventory.post(*moves)


async def plan(inventory: Inventory, run_id: str = "") -> store_runs.Outcome | None:
    return await Plan(inventory.db, inventory.clock, keep_runs=2).run(run_id or new())


async def policy(inventory: Inventory, **more: Any) -> pb.PlanningPolicy:
    given = {
        "horizon_weeks": 4, "history_weeks": 52, "display_minimum": 1, "lot_size": 1, "move_cost": 50,
        "least_gain": 100, "assumed_margin": 50, "online_weeks": 4,
    } | more  # fmt: skip
    request = rpc.PutPlanningPolicyRequest(request_id=new(), policy=pb.PlanningPolicy(**given))
    return (await ask(inventory, "PutPlanningPolicy", request)).policy  # type: ignore[no-any-return]


async def suggestions(inventory: Inventory, **more: Any) -> list[pb.TransferSuggestion]:
    reply = await ask(inventory, "ListTransferSuggestions", rpc.ListTransferSuggestionsRequest(page_size=100, **more))
    return list(reply.suggestions)


M = f"{COAT}-M"


@pytest.fixture
async def surplus(inventory: Inventory) -> Inventory:
    """Size M sells at TPE01, which has none; TPE02 sells none and has many."""
    await brand(inventory)
    weekly = {(M, "TPE01"): 5.0, (M, "TPE02"): 0.1, (M, "TXG01"): 1.0, (f"{COAT}-S", "TPE01"): 1.0}
    await weeks_of_sales(inventory, weekly)
    await set_on_hand(
        inventory, {(M, "TPE01"): 0, (M, "TPE02"): 30, (M, "TXG01"): 4, (f"{COAT}-S", "TPE01"): 6, (M, "WH1"): 0}
    )
    return inventory


async def transfer_of(inventory: Inventory, transfer_id: str) -> Any:
    stub = transfers_rpc.TransferServiceStub(inventory.channel)
    request = transfers.GetTransferRequest(transfer_id=transfer_id)
    return (await inventory.call(stub.GetTransfer, request, HQ)).transfer
