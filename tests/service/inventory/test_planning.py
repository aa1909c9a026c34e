"""The planner on a real journal: what it foresees, what it suggests, and what becomes of that."""

import random
from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import catalogue_pb2
from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from omo.inventory.v1 import planning_service_pb2_grpc as planning_rpc
from omo.inventory.v1 import transfers_service_pb2 as transfers
from omo.inventory.v1 import transfers_service_pb2_grpc as transfers_rpc
from services.inventory.planner import store_runs
from services.inventory.planner.usecases import AnotherRuns, Plan
from tests.service.inventory import news, shop
from tests.service.inventory.conftest import HQ, Inventory, member, movement, new
from tests.service.inventory.shop import refused

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
        "horizon_weeks": 4, "history_weeks": 52, "display_minimum": 1, "lot_size": 1, "move_cost": 50, "least_gain": 100,
        "assumed_margin": 50, "online_weeks": 4,
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


async def test_a_forecast_is_what_the_journal_says(surplus: Inventory) -> None:
    done = await plan(surplus, "monday")
    assert done is not None
    reply = await ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(sku=M), ANALYST)
    found = {one.location_id: one for one in reply.forecasts}
    assert found["TPE01"].weekly_thousandths == pytest.approx(5_000, rel=0.25)
    assert found["TXG01"].weekly_thousandths == pytest.approx(1_000, rel=0.4)
    assert found["TPE02"].weekly_thousandths < 500
    assert (found["TPE01"].cover_thousandths, found["TPE01"].hot) == (0, True)
    assert found["TPE02"].cover_thousandths > 20_000
    assert {one.run_id for one in reply.forecasts} == {"monday"}
    hot = await ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(hot_only=True, sku=M))
    assert [one.location_id for one in hot.forecasts] == ["TPE01"]
    short = await ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(cover_below=5, location_id="TXG01"))
    assert [one.sku for one in short.forecasts if one.sku == M] == [M]
    (run,) = (await ask(surplus, "ListPlanningRuns", rpc.ListPlanningRunsRequest())).runs
    assert (run.state, run.skus, run.locations) == (pb.PLANNING_RUN_STATE_DONE, 9, 4)
    assert run.milliseconds > 0
    assert run.peak_memory_bytes > 10 * 2**20


async def test_pages_of_forecasts_are_whole(surplus: Inventory) -> None:
    await plan(surplus)
    seen, token = [], ""
    while True:
        request = rpc.ListDemandForecastsRequest(page_size=3, page_token=token)
        reply = await ask(surplus, "ListDemandForecasts", request)
        seen += [(one.sku, one.location_id) for one in reply.forecasts]
        token = reply.next_page_token
        if not token:
            break
    assert seen == sorted(set(seen))
    assert len(seen) > 6


async def test_a_broken_size_run_is_seen(surplus: Inventory) -> None:
    await plan(surplus)
    reply = await ask(surplus, "ListSizeGaps", rpc.ListSizeGapsRequest(location_id="TPE01"))
    (gap,) = reply.gaps
    assert (gap.product_id, gap.variety, M in gap.missing_skus) == (COAT, "camel", True)
    assert list(gap.present_skus) == [f"{COAT}-S"]
    assert gap.weekly_lost_thousandths > 3_000


async def test_a_surplus_becomes_a_suggestion_a_transfer_and_a_result(surplus: Inventory) -> None:
    await policy(surplus)
    await plan(surplus)
    found = await suggestions(surplus)
    best = found[0]
    assert (best.sku, best.from_location_id, best.to_location_id, best.rank) == (M, "TPE02", "TPE01", 1)
    assert 12 <= best.quantity <= 29
    assert best.gain == best.expected_margin - best.move_cost > 0
    assert best.move_cost == 50 * best.quantity
    # net of tax a coat earns 3000 / 1.05 - 1200
    assert best.expected_margin == pytest.approx(best.expected_thousandths / 1000 * (PRICE / 1.05 - COST), rel=0.02)
    assert "TPE01" in best.why["en"]
    assert "調撥" in best.why["zh-TW"]
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    accepted = await ask(
        surplus, "AcceptTransferSuggestion",
        rpc.AcceptTransferSuggestionRequest(request_id="k", suggestion_id=best.suggestion_id, quantity=12),
    )  # fmt: skip
    again = await ask(
        surplus, "AcceptTransferSuggestion",
        rpc.AcceptTransferSuggestionRequest(request_id="k", suggestion_id=best.suggestion_id, quantity=12),
    )  # fmt: skip
    assert accepted == again
    moved = await transfer_of(surplus, accepted.suggestion.transfer_id)
    assert (moved.from_location_id, moved.to_location_id) == ("TPE02", "TPE01")
    assert [(one.sku, one.quantity) for one in moved.lines] == [(M, 12)]
    surplus.clock.advance(days=7)
    await surplus.hear(news.recorded(news.sale(new(), (M, 3), at=surplus.clock() - timedelta(days=1), place="TPE01")))
    request = rpc.GetTransferSuggestionRequest(suggestion_id=best.suggestion_id)
    result = (await ask(surplus, "GetTransferSuggestion", request)).result
    assert result.sold == 3
    assert result.expected_thousandths == pytest.approx(5_000, rel=0.3)


async def transfer_of(inventory: Inventory, transfer_id: str) -> Any:
    stub = transfers_rpc.TransferServiceStub(inventory.channel)
    request = transfers.GetTransferRequest(transfer_id=transfer_id)
    return (await inventory.call(stub.GetTransfer, request, HQ)).transfer


async def test_what_is_on_its_way_is_not_suggested_again(surplus: Inventory) -> None:
    await policy(surplus)
    await plan(surplus)
    best = (await suggestions(surplus))[0]
    await ask(
        surplus, "AcceptTransferSuggestion",
        rpc.AcceptTransferSuggestionRequest(request_id=new(), suggestion_id=best.suggestion_id),
    )  # fmt: skip
    await plan(surplus)
    again = [one for one in await suggestions(surplus) if (one.sku, one.to_location_id) == (M, "TPE01")]
    assert sum(one.quantity for one in again) <= 2


async def test_open_promises_and_display_minimums_stay(surplus: Inventory) -> None:
    await policy(surplus, display_minimum=2)
    await surplus.hold([(M, 25, "TPE02")], member())
    await plan(surplus)
    given = sum(one.quantity for one in await suggestions(surplus) if one.from_location_id == "TPE02")
    assert given <= 30 - 25 - 2


async def test_franchises_and_closed_stores_take_no_part(surplus: Inventory) -> None:
    await policy(surplus)
    await surplus.put_locations("TPE02", franchise=True)
    await surplus.put_locations("TXG01", active=False)
    await plan(surplus)
    assert await suggestions(surplus) == []
    reply = await ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(location_id="TXG01"))
    assert not reply.forecasts


async def test_a_later_run_supersedes_what_nobody_decided(surplus: Inventory) -> None:
    await policy(surplus)
    await plan(surplus, "one")
    first = await suggestions(surplus)
    await plan(surplus, "two")
    assert {one.run_id for one in await suggestions(surplus)} == {"two"}
    old = first[0].suggestion_id
    with pytest.raises(Fault) as refusal:
        await ask(
            surplus, "AcceptTransferSuggestion",
            rpc.AcceptTransferSuggestionRequest(request_id=new(), suggestion_id=old),
        )  # fmt: skip
    assert (refusal.value.reason, refusal.value.metadata["state"]) == ("SUGGESTION_DECIDED", "SUPERSEDED")


async def test_a_declined_suggestion_says_why(surplus: Inventory) -> None:
    await policy(surplus)
    await plan(surplus)
    one = (await suggestions(surplus))[0]
    request = rpc.DeclineTransferSuggestionRequest(
        request_id=new(), suggestion_id=one.suggestion_id, reason="the shop window needs them"
    )
    declined = (await ask(surplus, "DeclineTransferSuggestion", request)).suggestion
    assert (declined.state, declined.decline_reason) == (pb.SUGGESTION_STATE_DECLINED, "the shop window needs them")
    assert declined.actor.id == "hq-1"
    request.request_id = new()
    why = await refused(ask(surplus, "DeclineTransferSuggestion", request))
    assert why.reason == "SUGGESTION_DECIDED"


async def test_a_run_is_done_once_and_one_at_a_time(surplus: Inventory) -> None:
    assert await plan(surplus, "today") is not None
    assert await plan(surplus, "today") is None
    async with surplus.db.read() as other:
        assert await store_runs.alone(other)
        with pytest.raises(AnotherRuns):
            await plan(surplus, "tomorrow")
        await store_runs.leave(other)


async def test_a_run_that_breaks_off_says_so_and_begins_anew(
    surplus: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as bent:
        bent.setattr(store_runs, "suggest", broken)
        with pytest.raises(OSError, match="the disk is full"):
            await plan(surplus, "today")
    (run,) = (await ask(surplus, "ListPlanningRuns", rpc.ListPlanningRunsRequest())).runs
    assert (run.state, run.error) == (pb.PLANNING_RUN_STATE_FAILED, "OSError: the disk is full")
    why = await refused(ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(run_id="today")))
    assert why.reason == "NOT_FOUND"
    assert await plan(surplus, "today") is not None
    assert (await ask(surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(run_id="today"))).forecasts


async def test_forecasts_of_old_runs_are_swept(surplus: Inventory) -> None:
    for name in ("one", "two", "three"):
        await plan(surplus, name)
        surplus.clock.advance(days=1)
    async with surplus.db.read() as tx:
        kept = await tx.fetch("SELECT DISTINCT run_id FROM demand_forecasts ORDER BY run_id")
    assert [row["run_id"] for row in kept] == ["three", "two"]


async def test_an_arriving_lot_is_shared_out(surplus: Inventory) -> None:
    await policy(surplus, display_minimum=2)
    await set_on_hand(surplus, {(M, "TPE02"): 2})
    lines = [pb.LotLine(sku=M, quantity=40), pb.LotLine(sku=f"{COAT}-L", quantity=20)]
    request = rpc.RequestLotAllocationRequest(request_id=new(), location_id="WH1", reference="PO-7", lines=lines)
    lot = (await ask(surplus, "RequestLotAllocation", request)).allocation
    assert lot.state == pb.LOT_ALLOCATION_STATE_REQUESTED
    await plan(surplus)
    answer = await ask(surplus, "GetLotAllocation", rpc.GetLotAllocationRequest(allocation_id=lot.allocation_id))
    assert answer.allocation.state == pb.LOT_ALLOCATION_STATE_PLANNED
    shares: dict[str, dict[str, int]] = {M: {}, f"{COAT}-L": {}}
    for one in answer.suggestions:
        assert (one.kind, one.from_location_id) == (pb.SUGGESTION_KIND_ALLOCATION, "WH1")
        shares[one.sku][one.to_location_id] = one.quantity
    for line in answer.allocation.lines:
        assert sum(shares[line.sku].values()) + line.reserve + line.left_over == line.quantity
    assert shares[M]["TPE01"] > shares[M].get("TXG01", 0)
    # a size that nobody ever had: every store shows it, and goods like it say where it sells best
    assert min(shares[f"{COAT}-L"].get(store, 0) for store in STORES) >= 2
    assert "首配" in answer.suggestions[0].why["zh-TW"]


BAD: list[tuple[str, Any, str]] = [
    ("ListDemandForecasts", rpc.ListDemandForecastsRequest(), "NOT_FOUND"),
    ("ListSizeGaps", rpc.ListSizeGapsRequest(run_id="never"), "NOT_FOUND"),
    ("ListDemandForecasts", rpc.ListDemandForecastsRequest(cover_below=-1), "FIELD_INVALID"),
    ("GetTransferSuggestion", rpc.GetTransferSuggestionRequest(suggestion_id=new()), "NOT_FOUND"),
    ("GetTransferSuggestion", rpc.GetTransferSuggestionRequest(suggestion_id="x"), "FIELD_INVALID"),
    ("GetLotAllocation", rpc.GetLotAllocationRequest(allocation_id=new()), "NOT_FOUND"),
    ("AcceptTransferSuggestion", rpc.AcceptTransferSuggestionRequest(request_id="a", suggestion_id=new()), "NOT_FOUND"),
    (
        "RequestLotAllocation",
        rpc.RequestLotAllocationRequest(request_id="b", location_id="WH1", lines=[pb.LotLine(sku="NO", quantity=1)]),
        "UNKNOWN_SKU",
    ),
    (
        "RequestLotAllocation",
        rpc.RequestLotAllocationRequest(request_id="c", location_id="NO", lines=[pb.LotLine(sku=M, quantity=1)]),
        "UNKNOWN_LOCATION",
    ),
    (
        "RequestLotAllocation",
        rpc.RequestLotAllocationRequest(request_id="d", location_id="WH1", lines=[pb.LotLine(sku=M, quantity=-1)]),
        "FIELD_INVALID",
    ),
    ("PutPlanningPolicy", rpc.PutPlanningPolicyRequest(request_id="e"), "FIELD_INVALID"),
]


async def test_bad_input_is_refused(inventory: Inventory) -> None:
    await brand(inventory)
    for verb, request, reason in BAD:
        assert (await refused(ask(inventory, verb, request))).reason == reason, verb
    lane = pb.PlanningLane(from_location_id="NO", to_location_id="TPE01")
    assert (await refused(policy(inventory, lanes=[lane]))).reason == "UNKNOWN_LOCATION"
    lot = pb.PlanningException(location_ids=["TPE01"], lot_size=6)
    assert (await refused(policy(inventory, exceptions=[lot]))).reason == "FIELD_INVALID"
    who = await refused(ask(inventory, "ListPlanningRuns", rpc.ListPlanningRunsRequest(), member()))
    assert who.reason == "PERMISSION_DENIED"


async def test_a_policy_is_kept_by_version(inventory: Inventory) -> None:
    await brand(inventory)
    assert (await ask(inventory, "GetPlanningPolicy", rpc.GetPlanningPolicyRequest())).policy.version == 0
    exception = pb.PlanningException(categories=["Hats"], display_minimum=0, lot_size=6)
    lane = pb.PlanningLane(from_location_id="TPE01", to_location_id="TXG01", move_cost=90, trip_cost=500)
    first = await policy(inventory, exceptions=[exception], lanes=[lane])
    assert (first.version, first.exceptions[0], first.lanes[0]) == (1, exception, lane)
    assert (await policy(inventory, exceptions=[exception], lanes=[lane])).version == 1
    assert (await policy(inventory)).version == 2
    assert (await ask(inventory, "GetPlanningPolicy", rpc.GetPlanningPolicyRequest())).policy.version == 2
