"""Variances: each reason moves stock in its own way, and what was not found is believed less."""

from datetime import timedelta
from typing import Any

import pytest

from kit import access
from kit.ids import uuid7
from omo.inventory.v1 import counting_variance_service_pb2 as pb
from services.inventory.confidence import evidence
from services.inventory.stock.domain import Who
from services.inventory.variances import booking
from services.inventory.variances.booking import Found
from tests.service.inventory import news
from tests.service.inventory.conftest import HQ, Inventory, member, new
from tests.service.inventory.floor_rig import Floor, staff
from tests.service.inventory.shop import refused

MISMATCH, NOT_IN_STOCK = pb.VARIANCE_EFFECT_MISMATCH, pb.VARIANCE_EFFECT_NOT_IN_STOCK


async def floor(inventory: Inventory, held: int = 0) -> Floor:
    """Ten coats, and reasons that leave on hand alone beside those that every brand has."""
    await inventory.stocked({("COAT", "TPE01"): 10})
    if held:
        await inventory.hold([("COAT", held)], member())
    found = Floor(inventory)
    aside = [
        pb.VarianceReason(reason_id="LOOK_FOR_IT", name="Look for it", effect=NOT_IN_STOCK, available_only=True),
        pb.VarianceReason(reason_id="SOME_GONE", name="Some gone", effect=MISMATCH, available_only=True),
    ]
    await found.do("PutVarianceReasons", HQ, reasons=aside)
    return found


async def post(where: Floor, reason_id: str, quantity: int = 0, who: Any = None, **more: Any) -> Any:
    given = {"location_id": "TPE01", "sku": "COAT", "reason_id": reason_id, "quantity": quantity} | more
    return (await where.do("PostVariance", who or staff(), **given)).level


@pytest.mark.parametrize(
    ("reason_id", "quantity", "on_hand", "damaged", "aside", "available"),
    [
        ("NOT_IN_STOCK", 0, 0, 0, 0, 0),
        ("LOOK_FOR_IT", 0, 10, 0, 10, 0),
        ("MISMATCH", 3, 7, 0, 0, 7),
        ("SOME_GONE", 3, 10, 0, 3, 7),
        ("DAMAGE", 3, 10, 3, 0, 7),
        ("NO_VARIANCE", 0, 10, 0, 0, 10),
    ],
)
async def test_each_reason_has_its_own_effect(
    inventory: Inventory, reason_id: str, quantity: int, on_hand: int, damaged: int, aside: int, available: int
) -> None:
    where, key = await floor(inventory), new()
    level = await post(where, reason_id, quantity, request_id=key)
    assert await post(where, reason_id, quantity, request_id=key) == level
    assert (level.on_hand, level.damaged, level.quality_control, level.available) == (
        on_hand, damaged, aside, available,
    )  # fmt: skip
    assert await inventory.drifts() == []


async def test_what_was_promised_of_goods_that_are_not_there_is_short(inventory: Inventory) -> None:
    where = await floor(inventory, held=4)
    level = await post(where, "NOT_IN_STOCK")
    assert (level.on_hand, level.held, level.available) == (0, 4, -4)
    assert await inventory.drifts() == []


async def test_what_was_put_aside_comes_back(inventory: Inventory) -> None:
    where = await floor(inventory, held=4)
    assert (await post(where, "LOOK_FOR_IT")).available == 0
    assert (await post(where, "RELEASE", 2)).available == 2
    level = await post(where, "RELEASE", 1_000)
    assert (level.quality_control, level.available, level.on_hand) == (0, 6, 10)
    assert await inventory.drifts() == []


async def test_headquarters_keeps_the_reasons(inventory: Inventory) -> None:
    where = await floor(inventory)
    retired = pb.VarianceReason(reason_id="DAMAGE", name="Torn", effect=pb.VARIANCE_EFFECT_DAMAGE, retired=True)
    assert (await where.do("PutVarianceReasons", HQ, reasons=[retired])).reasons[0].version == 2
    listed = {one.reason_id: one.retired for one in (await where.do("ListVarianceReasons", staff())).reasons}
    assert (listed["DAMAGE"], listed["MISMATCH"], len(listed)) == (True, False, 7)
    assert (await refused(post(where, "DAMAGE", 1))).reason == "UNKNOWN_REASON"
    assert (await refused(where.do("PutVarianceReasons", staff(), reasons=[retired]))).code == "PERMISSION_DENIED"
    for bad in (
        pb.VarianceReason(reason_id="X", name="X"),
        pb.VarianceReason(reason_id="X", effect=MISMATCH),
        pb.VarianceReason(reason_id="X", name="X", effect=pb.VARIANCE_EFFECT_DAMAGE, available_only=True),
    ):
        assert (await refused(where.do("PutVarianceReasons", HQ, reasons=[bad]))).reason == "FIELD_INVALID"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"sku": "NOTHING"}, "UNKNOWN_SKU"),
        ({"location_id": "NOWHERE"}, "UNKNOWN_LOCATION"),
        ({"reason_id": "NO_SUCH"}, "UNKNOWN_REASON"),
        ({"quantity": 0}, "FIELD_INVALID"),
        ({"quantity": -4}, "FIELD_INVALID"),
        ({"quantity": 10**9}, "FIELD_INVALID"),
    ],
)
async def test_absurd_variances_are_refused(inventory: Inventory, more: dict[str, Any], reason: str) -> None:
    where = await floor(inventory)
    given: dict[str, Any] = {"reason_id": "MISMATCH", "quantity": 1} | more
    assert (await refused(post(where, who=HQ, **given))).reason == reason
    elsewhere = post(where, "MISMATCH", 1, who=staff("TXG01"))
    assert (await refused(elsewhere)).code == "NOT_FOUND"


async def test_a_rejection_of_an_order_does_the_same(inventory: Inventory) -> None:
    await floor(inventory)
    now, who = inventory.clock(), Who("staff", "A102")
    found = [Found("COAT", "TPE01", 2, f"rejection:{uuid7()}", 1)]
    with access.acting_as(access.service("inventory")):
        async with inventory.db.transaction() as tx:
            assert await booking.rejected(tx, "too far away", found, who, now, now) == []
            assert await booking.rejected(tx, "MISMATCH", found, who, now, now)
    level = await inventory.level("COAT")
    assert (level.on_hand, level.available) == (8, 8)
    assert await inventory.drifts() == []


async def test_what_was_not_found_is_believed_less_until_it_is_counted(inventory: Inventory) -> None:
    where = await floor(inventory)
    scores = []
    for _ in range(3):
        await post(where, "MISMATCH", 1)
        sure = (await where.do("ListConfidence", staff())).confidences[0]
        scores.append((sure.rejections, sure.per_mille))
    assert [rejections for rejections, _ in scores] == [1, 2, 3]
    assert scores[0][1] > scores[1][1] > scores[2][1] > 0
    tasks = (await where.do("ListStockTasks", staff())).tasks
    assert [(task.kind, task.subject, task.details["because"]) for task in tasks] == [
        ("COUNT", "COAT", "LOW_CONFIDENCE")
    ]
    await post(where, "NO_VARIANCE")
    assert (await where.do("ListConfidence", staff())).confidences[0].per_mille == 1000


async def test_time_and_books_that_were_caught_short_are_held_against_a_level(inventory: Inventory) -> None:
    where = await floor(inventory)
    await inventory.stocked({("HAT", "TPE01"): 1})
    await post(where, "NO_VARIANCE")
    sale = news.recorded(news.sale("s1", ("HAT", 3), at=inventory.clock()))
    await inventory.hear(sale)
    await where.due(evidence.REFRESH, "all")
    first = {one.sku: (one.anomalies, one.per_mille) for one in (await where.do("ListConfidence", HQ)).confidences}
    assert first["COAT"] == (0, 1000)
    assert first["HAT"][0] == 2
    inventory.clock.advance(days=365)
    await where.due(evidence.REFRESH, "all")
    worst, *rest = (await where.do("ListConfidence", HQ)).confidences
    assert (worst.sku, [one.sku for one in rest]) == ("HAT", ["COAT"])
    assert rest[0].per_mille == 350
    async with inventory.db.read() as tx:
        due = await tx.fetchval("SELECT due_time FROM timers WHERE kind = $1", evidence.REFRESH)
    assert due == inventory.clock() + timedelta(hours=1)
    page = await where.do("ListConfidence", HQ, page_size=1)
    rest = (await where.do("ListConfidence", HQ, page_size=1, page_token=page.next_page_token)).confidences
    assert [one.sku for one in rest] == ["COAT"]
