"""Moves that the planner suggests, from the books to the transfer and its result; and lots that arrive."""

from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import planning_pb2 as pb
from omo.inventory.v1 import planning_service_pb2 as rpc
from tests.service.inventory import news
from tests.service.inventory.conftest import Inventory, member, new
from tests.service.inventory.plans import (
    COAT,
    COST,
    PRICE,
    STORES,
    M,
    ask,
    plan,
    policy,
    set_on_hand,
    suggestions,
    surplus,
    transfer_of,
)
from tests.service.inventory.shop import refused

__all__ = ["surplus"]


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
