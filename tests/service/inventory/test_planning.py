"""The planner on a real journal: what it foresees, what it suggests, and what becomes of that."""

from typing import Any

import pytest

from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from services.inventory.planner import store_runs
from services.inventory.planner.usecases import AnotherRuns
from tests.service.inventory.conftest import Inventory, member, new
from tests.service.inventory.plans import ANALYST, COAT, M, ask, brand, plan, policy, surplus
from tests.service.inventory.shop import refused

__all__ = ["surplus"]


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
    short = await ask(
        surplus, "ListDemandForecasts", rpc.ListDemandForecastsRequest(cover_below=5, location_id="TXG01")
    )
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
