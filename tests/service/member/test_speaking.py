"""The demo brand's own templates and campaigns, put through the front door: each occasion reaches somebody outside."""

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest_asyncio

from cli.demo import speaking
from cli.demo.web import Web
from kit import access
from omo.inventory.v1 import availability_events_pb2, catalogue_events_pb2, catalogue_pb2
from omo.member.v1 import tier_events_pb2
from omo.order.v1 import order_events_pb2, order_pb2
from omo.type.v1 import trade_pb2
from services.member.benefits.usecases import Benefits
from services.member.channels.mail import MailChannel, Server
from services.member.channels.sms import SmsChannel
from services.member.engagement.room import EngagementRoom
from tests.service.member import channel_rig, front_rig
from tests.service.member.channel_rig import Mailbox, Provider
from tests.service.member.conftest import Place, serving
from tests.service.member.engagement_rig import NOON, Desk, order, sale

PHONE, EMAIL, SECRET = "+886912345678", "ming@example.com", "shared with the adapter"


@dataclass(slots=True)
class Brand:
    """The brand that speaks: its desk, its front door, and who takes what it sends."""

    desk: Desk
    http: httpx.AsyncClient
    hq: Web
    sms: Provider
    mail: Mailbox
    member_id: str = ""

    async def texts(self) -> list[str]:
        """What the adapter of text messages was given, by now."""
        await self.desk.quiet()
        return [call.document["text"] for call in self.sms.calls]

    async def write_by(self, channel: str) -> None:
        """Headquarters has messages go out by one channel."""
        await self.hq.put("/v1/hq/message-rules", {"rules": {**_RULES, "channels": [channel]}})

    async def row(self, sql: str, *values: Any) -> Any:
        async with self.desk.db.read() as tx:
            return await tx.fetchrow(sql, *values)


@pytest_asyncio.fixture
async def brand(place: Place) -> AsyncIterator[Brand]:
    """Seeded as the demo is; one member who agreed to everything, by text message and e-mail."""
    async with (
        channel_rig.provider() as sms,
        channel_rig.mailbox() as mail,
        serving(place, OMO_MAIL_REPORT_SECRET=SECRET) as member,
        front_rig.front(member) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        member.clock.at = member.wall.at = NOON
        token = (await member.hq("admin", "merchandiser", "service")).access_token
        channels: dict[str, Any] = {
            "sms": SmsChannel(f"{sms.url}/sms", SECRET),
            "email": MailChannel(Server("127.0.0.1", mail.port, "none"), "hello@hikari.example", f"{url}/v1/t"),
        }
        ground, parts = member.parts.ground, member.parts
        room = EngagementRoom(ground, channels, parts.conversation.book, parts.points.points.adjust)
        desk = Desk(member, room, member.clock, {})
        one = Brand(desk, http, Web(url, token, http), sms, mail)
        await speaking.put(one.hq)
        one.member_id = await desk.person(PHONE, EMAIL)
        await desk.consent(one.member_id, "sms", "email")
        with access.acting_as(access.service("member")):
            yield one
        for channel in channels.values():
            await channel.close()


async def _bought(brand: Brand) -> None:
    await brand.desk.hear(sale(brand.member_id))
    brand.desk.advance(hours=23)


async def _wished(brand: Brand, sku: str) -> None:
    async with brand.desk.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO wishes (member_id, sku, add_time, staff_code, location_id) VALUES ($1, $2, $3, '', '')",
            brand.member_id, sku, NOON,
        )  # fmt: skip


async def _cheaper(brand: Brand) -> None:
    await _wished(brand, "COAT")
    ears = brand.desk.member.parts.profile.ears()
    for amount in (2000, 1500):
        event = catalogue_events_pb2.PriceListChanged()
        event.price_list.price_list_id, event.price_list.version = "TW", 2000 - amount + 1
        event.price_list.prices.add(sku="COAT", amount=amount)
        event.meta.aggregate_id = "list"
        await brand.desk.hear(event, before=ears)


async def _again(brand: Brand) -> None:
    await _wished(brand, "HAT")
    event = availability_events_pb2.BackInStock(sku="HAT")
    event.meta.aggregate_id = "HAT"
    event.meta.business_time.FromDatetime(NOON)
    await brand.desk.hear(event)


async def _parcel(brand: Brand) -> None:
    order_id = str(uuid.uuid4())
    told = (event := order_events_pb2.FulfilmentChanged()).fulfilment
    told.fulfilment_id, told.order_id, told.order_no = f"f-{order_id}", order_id, "K7M2"
    told.method, told.location_id = trade_pb2.FULFILMENT_METHOD_COLLECT, "TPE01"
    told.state, told.version = order_pb2.FULFILMENT_STATE_READY, 2
    told.pickup_deadline_time.FromDatetime(NOON + timedelta(days=5))
    event.meta.aggregate_id = "TPE01"
    store = catalogue_events_pb2.LocationChanged(location=catalogue_pb2.Location(location_id="TPE01", name="台北信義"))
    await brand.desk.hear(store, order(brand.member_id, order_id), event)


async def _old_parcel(brand: Brand) -> None:
    """The parcel of before, that nobody has fetched."""
    brand.desk.advance(days=4)


async def _points(brand: Brand) -> None:
    async with brand.desk.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO points_lots (member_id, lot_id, line_nos, line_points, points, pending, active, earn_time,"
            " expire_time, rule_version) VALUES ($1, $2, '{}', '{}', 42, 0, 42, $3, $4, '')",
            brand.member_id, str(uuid.uuid4()), NOON, NOON.replace(hour=3) + timedelta(days=7),
        )  # fmt: skip
    await brand.desk.room.occasions.start(brand.desk.db)


async def _birthday(brand: Brand) -> None:
    brand.desk.member.clock.at = datetime(2027, 2, 28, 4, 0, tzinfo=UTC)
    ground = brand.desk.member.parts.ground
    async with brand.desk.db.transaction() as tx:
        await Benefits(ground.vault, brand.desk.clock, ground.zone).put_birthday(tx, brand.member_id, 2, 29)
    await brand.desk.room.occasions.start(brand.desk.db)


async def _tier(brand: Brand) -> None:
    event = tier_events_pb2.TierChanged(member_id=brand.member_id, before="silver", after="gold")
    event.since_time.FromDatetime(NOON)
    event.meta.aggregate_id = brand.member_id
    event.meta.business_time.FromDatetime(NOON)
    await brand.desk.hear(event)


async def _mission(brand: Brand) -> None:
    """Bought in a store, came in with the app: paid for it, and told so."""
    await brand.hq.post(f"/v1/hq/campaigns/{speaking.APP}/start")
    await brand.desk.hear(sale(brand.member_id, at=NOON - timedelta(hours=1)))
    async with brand.desk.db.transaction() as tx:
        await brand.desk.room.on_sign_in(tx, brand.member_id, "app", NOON)
    assert any(text.startswith("陳小明，14 天內登入 App，送您 50 點") for text in await brand.texts())
    assert await brand.desk.points(brand.member_id) == 50


OCCASIONS: dict[str, tuple[Callable[[Brand], Awaitable[None]], str]] = {
    "after-store-care": (_bought, "陳小明，謝謝您昨天光臨和光"),
    "wish-on-offer": (_cheaper, "陳小明，您收藏的 COAT 現在只要 NT$1500"),
    "back-in-stock": (_again, "陳小明，您收藏的 HAT 又有貨了"),
    "pickup-ready": (_parcel, "訂單 K7M2 已在 台北信義 備妥，請於 2026-11-28 前取貨。"),
    "pickup-expiring": (_old_parcel, "訂單 K7M2 保留到 2026-11-28"),
    "points-expiring": (_points, "陳小明，您有 42 點將於 2026-11-30 到期"),
    "birthday": (_birthday, "陳小明，和光祝您生日快樂"),
    "tier-changed": (_tier, "陳小明，您現在是 gold 會員。"),
    "mission-rewarded": (_mission, "陳小明，您完成了「下載 App」，獲得 50 點。"),
}


async def test_each_occasion_reaches_the_member_outside(brand: Brand) -> None:
    """One member's half year: each event becomes one message at the adapter of text messages."""
    assert set(OCCASIONS) == set(speaking.CAMPAIGNS)
    await brand.write_by("sms")
    for occasion, (occurs, said) in OCCASIONS.items():
        await occurs(brand)
        texts = await brand.texts()
        assert len([text for text in texts if text.startswith(said)]) == 1, (occasion, texts)
        row = await brand.row("SELECT state, channel FROM messages WHERE campaign_id = $1", occasion)
        assert (row["state"], row["channel"]) == (3, "sms")
        assert (await brand.hq.get(f"/v1/hq/campaigns/{occasion}/results"))["results"]["sent"] == 1
        brand.desk.member.clock.at = NOON


_RULES: dict[str, Any] = {
    "quiet_from": "21:00", "quiet_to": "09:00", "per_day": 5, "per_week": 9, "block_limit_bp": 500,
    "block_min_sent": 200, "locale": "zh-TW", "version": 0,
}  # fmt: skip


async def _is_seeded_in_both_languages(brand: Brand) -> None:
    running = {one["campaign_id"]: one["state"] for one in (await brand.hq.get("/v1/hq/campaigns"))["campaigns"]}
    assert running == dict.fromkeys(speaking.CAMPAIGNS, "ACTIVE") | dict.fromkeys(speaking.MISSIONS, "DRAFT")
    for template in (await brand.hq.get("/v1/hq/templates", page_size=100))["templates"]:
        assert [text["locale"] for text in template["texts"]] == ["zh-TW", "en"]
    await speaking.put(brand.hq)
    again = (await brand.hq.get("/v1/hq/templates", page_size=100))["templates"]
    assert {template["version"] for template in again} == {1}, "a brand that speaks already stays as it is"


async def test_a_mail_can_be_left_by_one_click_from_outside(brand: Brand) -> None:
    """As mail programs do it (RFC 8058): one POST where the header says, nobody signed in, no key of ours."""
    await brand.write_by("email")
    await _cheaper(brand)
    await brand.desk.quiet()
    ((_, to, letter),) = brand.mail.letters
    assert to == [EMAIL]
    address = re.fullmatch(r"<(http://\S+/v1/t/\S+)>", letter["List-Unsubscribe"])
    assert address is not None
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for _ in range(2):
        said = await httpx.AsyncClient(trust_env=False).post(address[1], data={"List-Unsubscribe": "One-Click"})
        assert said.status_code == 200, said.text
    records = await brand.row(
        "SELECT count(*) OVER () AS records, c.* FROM consent_records AS c WHERE choice = 'REFUSED'"
    )
    assert (records["records"], records["purpose"], records["channel"]) == (1, "MARKETING", "email")
    message = await brand.row("SELECT message_id FROM messages")
    assert (records["source"], records["text_version"]) == (f"message:{message['message_id']}", "wish-on-offer@1")


async def test_the_seeded_brand_speaks_two_languages_and_its_links_lead_through_the_front_door(brand: Brand) -> None:
    await _is_seeded_in_both_languages(brand)
    await brand.write_by("sms")
    await _again(brand)
    (text,) = await brand.texts()
    token = text.rpartition("/")[2].strip()
    followed = await brand.http.get(f"/v1/t/{token}")
    assert (followed.status_code, followed.headers["location"]) == (302, "https://shop.example/p/HAT")
    row = await brand.row("SELECT open_time, click_time FROM messages")
    assert row["open_time"] == row["click_time"] == brand.desk.clock()
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    for method in ("GET", "POST"):
        refused = await brand.http.request(method, f"/v1/t/{other}")
        assert (refused.status_code, refused.json()["reason"]) == (404, "MESSAGE_LINK_INVALID")
    kinds = [event.kind for event in await brand.desk.events("TouchRecorded")]
    assert len(kinds) == 3, "sent, opened, clicked: an altered link has touched nobody"
