"""Occasions to write to somebody: each once, in whatever order it is told, and not when it is over."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kit.errors import Fault
from omo.inventory.v1 import availability_events_pb2, catalogue_events_pb2
from omo.member.v1 import tier_events_pb2
from omo.order.v1 import order_events_pb2, order_pb2
from omo.type.v1 import trade_pb2
from services.member.benefits.usecases import Benefits
from services.member.campaigns import domain
from services.member.campaigns.domain import Trigger
from services.member.messages.domain_sending import Liked
from services.member.messages.domain_templates import Template, Words
from tests.service.member.engagement_rig import NOON, Desk, Purpose, desk, order, sale

__all__ = ["desk"]
PHONE = "+886912345678"


async def _texts(desk: Desk) -> list[str]:
    await desk.quiet()
    return [letter.text for letter in desk.letters()]


async def _wish(desk: Desk, member_id: str, sku: str) -> None:
    async with desk.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO wishes (member_id, sku, add_time, staff_code, location_id) VALUES ($1, $2, $3, '', '')",
            member_id,
            sku,
            NOON,
        )


async def _on(desk: Desk, trigger: Trigger, text: str, *params: str, **more: Any) -> str:
    """The trigger is on, for somebody who can be reached and agreed."""
    await desk.template(text, more.pop("purpose", Purpose.SERVICE), params=params)
    await desk.campaign(trigger=trigger, **more)
    return await desk.person(PHONE)


async def test_the_day_after_a_store_sale_at_the_brands_hour(desk: Desk) -> None:
    member_id = await _on(desk, Trigger.STORE_SALE, "{location_id} 謝謝", "location_id", days=1, hour=11 * 60)
    await desk.hear(sale(member_id), sale(member_id))
    assert await _texts(desk) == []
    desk.advance(hours=22)
    assert await _texts(desk) == []
    desk.advance(hours=1)
    assert await _texts(desk) == ["TPE01 謝謝"], "who buys twice on a day is asked once"
    await desk.hear(sale(member_id, at=NOON - timedelta(days=30)))
    desk.advance(days=1)
    assert len(await _texts(desk)) == 1, "a till that was offline for a month asks nobody how he liked it"


def _fulfilment(order_id: str, state: Any, version: int, deadline: datetime) -> order_events_pb2.FulfilmentChanged:
    event = order_events_pb2.FulfilmentChanged()
    told = event.fulfilment
    told.fulfilment_id, told.order_id, told.order_no = f"f-{order_id}", order_id, "K7M2"
    told.method, told.location_id = trade_pb2.FULFILMENT_METHOD_COLLECT, "TPE01"
    told.state, told.version = state, version
    told.pickup_deadline_time.FromDatetime(deadline)
    event.meta.aggregate_id = "TPE01"
    return event


READY, GONE = order_pb2.FULFILMENT_STATE_READY, order_pb2.FULFILMENT_STATE_HANDED_OVER


@pytest.mark.parametrize("parcel_first", [False, True])
async def test_a_parcel_that_is_ready_is_told_of_once(desk: Desk, *, parcel_first: bool) -> None:
    names = ("order_no", "location_id", "until")
    text = "{order_no} {location_id} {until}"
    member_id = await _on(desk, Trigger.PICKUP_READY, text, *names, purpose=Purpose.TRANSACTIONAL)
    order_id = str(uuid.uuid4())
    told = [order(member_id, order_id), _fulfilment(order_id, READY, 2, NOON + timedelta(days=5))]
    for event in reversed(told) if parcel_first else told:
        await desk.hear(event)
    await desk.hear(told[1])
    assert await _texts(desk) == ["K7M2 TPE01 2026-11-28"]


async def test_a_store_is_named_in_the_language_of_whoever_reads(desk: Desk) -> None:
    """By the newest that inventory has told of it, in whatever order; one that nobody named goes by its code."""

    def named(version: int, location_id: str = "TPE01", **names: str) -> Any:
        event = catalogue_events_pb2.LocationChanged()
        event.location.location_id, event.location.name = location_id, names.pop("name")
        event.location.names.update(names)
        event.meta.aggregate_id, event.meta.sequence = location_id, version
        return event

    params = ("location_id", "store_name")
    ming = await _on(desk, Trigger.STORE_SALE, "{store_name}（{location_id}）", *params)
    english = Words("en", "Thanks", "Thank you for visiting {store_name}")
    chinese = Words("zh-TW", "謝謝", "{store_name}（{location_id}）")
    made = Template("hello", 1, "問候", Purpose.SERVICE, params, (chinese, english))
    async with desk.db.transaction() as tx:
        await desk.room.messages.put_template(tx, made)
    ann, lin = await desk.person("+886912345679"), await desk.person("+886912345670")
    async with desk.db.transaction() as tx:
        await desk.room.messages.put_preferences(tx, Liked(ann, "en", None, ()))
    await desk.hear(named(2, name="台北信義", en="Taipei Xinyi"), named(1, name="信義", en="Xinyi"))
    await desk.hear(named(1, name="信義", en="Xinyi"))
    await desk.hear(sale(ming), sale(ann))
    before = await _texts(desk)
    assert sorted(before) == ["Thank you for visiting Taipei Xinyi", "台北信義（TPE01）"]
    await desk.hear(named(3, name="台北信義旗艦店"))
    other = sale(lin)
    other.sales[0].location_id = "TXG01"
    desk.advance(days=1)
    await desk.hear(sale(ming, at=desk.clock()), other)
    assert set(await _texts(desk)) - set(before) == {"TXG01（TXG01）", "台北信義旗艦店（TPE01）"}


async def test_an_address_names_no_store_by_its_name(desk: Desk) -> None:
    with pytest.raises(Fault) as refused:
        await desk.template("{store_name} {link}", params=("store_name",), link="https://shop.example/{store_name}")
    assert refused.value.metadata["field"] == "template.link"


async def test_a_parcel_is_remembered_before_it_goes_back_unless_it_was_fetched(desk: Desk) -> None:
    member_id = await _on(desk, Trigger.PICKUP_EXPIRING, "{order_no}", "order_no", days=1)
    waits, fetched = str(uuid.uuid4()), str(uuid.uuid4())
    deadline = NOON + timedelta(days=5)
    await desk.hear(order(member_id, waits), order(member_id, fetched))
    await desk.hear(_fulfilment(waits, READY, 2, deadline), _fulfilment(fetched, READY, 2, deadline))
    await desk.hear(_fulfilment(fetched, GONE, 3, deadline))
    assert await _texts(desk) == []
    desk.advance(days=4)
    assert await _texts(desk) == ["K7M2"]


async def test_a_wish_that_can_be_had_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.member.campaigns import occasions  # noqa: PLC0415

    monkeypatch.setattr(occasions, "PIECE", 2)
    await _on(desk, Trigger.BACK_IN_STOCK, "{sku}", "sku")
    people = [await desk.person(f"+8869123450{number:02}") for number in range(5)]
    for member_id in people:
        await _wish(desk, member_id, "COAT")
    event = availability_events_pb2.BackInStock(sku="COAT", channel_ids=["web"])
    event.meta.aggregate_id = "COAT"
    event.meta.business_time.FromDatetime(NOON)
    await desk.hear(event)
    assert await _texts(desk) == ["COAT"] * 5


async def test_a_wish_that_is_cheaper_than_before_once_for_each_price(desk: Desk) -> None:
    member_id = await _on(desk, Trigger.WISH_ON_OFFER, "{sku} {amount}", "sku", "amount")
    await _wish(desk, member_id, "COAT")
    for version, amount in enumerate((2000, 2000, 1500, 1500, 1800), 1):
        event = catalogue_events_pb2.PriceListChanged()
        event.price_list.price_list_id, event.price_list.version = "list", version
        event.price_list.prices.add(sku="COAT", amount=amount)
        event.meta.aggregate_id = "list"
        await _with_prices(desk, event)
    assert await _texts(desk) == ["COAT 1500"]


async def _with_prices(desk: Desk, event: Any) -> None:
    """As in the process: profile keeps the price, in the same transaction, before the campaign looks at it."""
    from kit.inbox import Event, Inbox  # noqa: PLC0415

    event.meta.event_id = str(uuid.uuid4())
    ears = [*desk.member.parts.profile.ears(), *desk.room.ears()]
    async with desk.db.transaction() as tx:
        await Inbox("member", ears).take(tx, [Event(event.meta.event_id, event.DESCRIPTOR.full_name, event)])


async def test_another_tier(desk: Desk) -> None:
    member_id = await _on(desk, Trigger.TIER_CHANGED, "{new_tier}", "new_tier")
    for before, after in (("silver", "gold"), ("gold", "gold")):
        event = tier_events_pb2.TierChanged(member_id=member_id, before=before, after=after)
        event.since_time.FromDatetime(NOON)
        event.meta.aggregate_id = member_id
        event.meta.business_time.FromDatetime(NOON)
        await desk.hear(event)
        await desk.hear(event)
    assert await _texts(desk) == ["gold"]


async def test_points_that_end_are_told_of_in_time(desk: Desk) -> None:
    member_id = await _on(
        desk, Trigger.POINTS_EXPIRING, "{expiring_points} {until}", "expiring_points", "until", days=7
    )
    for days, points in ((7, 30), (7, 12), (8, 500)):
        expire = NOON.replace(hour=3) + timedelta(days=days)
        async with desk.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO points_lots (member_id, lot_id, line_nos, line_points, points, pending, active, earn_time,"
                " expire_time, rule_version) VALUES ($1, $2, '{}', '{}', $3, 0, $3, $4, $5, '')",
                member_id,
                str(uuid.uuid4()),
                points,
                NOON,
                expire,
            )
    await desk.room.occasions.start(desk.db)
    assert await _texts(desk) == ["42 2026-11-30"]
    await desk.room.occasions.start(desk.db)
    assert await _texts(desk) == ["42 2026-11-30"]
    desk.advance(days=1)
    assert (await _texts(desk))[1:] == ["500 2026-12-01"]


@pytest.mark.parametrize(
    ("day", "celebrated"),
    [
        (date(2026, 2, 28), [(2, 28), (2, 29)]),
        (date(2028, 2, 28), [(2, 28)]),
        (date(2028, 2, 29), [(2, 29)]),
        (date(2100, 2, 28), [(2, 28), (2, 29)]),
        (date(2026, 3, 1), [(3, 1)]),
    ],
)
def test_who_was_born_on_the_twenty_ninth(day: date, celebrated: Sequence[tuple[int, int]]) -> None:
    assert domain.celebrated(day) == celebrated


async def test_birthdays_also_of_the_twenty_ninth_of_february(desk: Desk) -> None:
    member_id = await _on(desk, Trigger.BIRTHDAY, "{member_name} 生日快樂")
    desk.member.clock.at = datetime(2027, 2, 27, 4, 0, tzinfo=UTC)
    ground = desk.member.parts.ground
    async with desk.db.transaction() as tx:
        await Benefits(ground.vault, desk.clock, ground.zone).put_birthday(tx, member_id, 2, 29)
    await desk.room.occasions.start(desk.db)
    assert await _texts(desk) == []
    desk.advance(days=1)
    assert await _texts(desk) == ["陳小明 生日快樂"]
    desk.advance(days=1)
    assert len(await _texts(desk)) == 1
