"""The member service killed in the middle of forgetting a person and of handing out his file: both end all the same."""

import asyncio
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from kit import access, streams
from kit.ids import uuid7
from kit.postgres import Database
from kit.settings import read
from omo.attribution.v1 import privacy_events_pb2 as attribution_events
from omo.inventory.v1 import privacy_events_pb2 as inventory_events
from omo.order.v1 import privacy_events_pb2 as order_events
from services.member.identity.domain import By, Identifier, Kind
from services.member.identity.domain import Member as Person
from services.member.identity.senders import ConsoleSender
from services.member.main import Member, machine_time
from services.member.settings import Settings
from tests.depth import PATIENCE
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.member.test_access_process import start

_ANSWERED = (order_events.ErasureAnswered, inventory_events.ErasureAnswered, attribution_events.ErasureAnswered)
SERVICES = ("order", "inventory", "attribution")


async def _asked(member: Member) -> tuple[str, str, str]:
    """Somebody who wants his file and somebody who wants to be forgotten: member, export, erasure."""
    now, ids = datetime.now(UTC), [str(uuid.uuid4()) for _ in range(2)]
    people = [
        Person(
            one, Kind.MEMBER, "陳", (Identifier(By.PHONE, f"+8869123456{at:02}", "app", now),), now, "", "", "app", now
        )
        for at, one in enumerate(ids)
    ]
    with access.acting_as(access.service("member")):
        async with member.ground.db.transaction() as tx:
            await member.ground.register.make(tx, people, now)
            export = await member.privacy.exports.request(tx, ids[0])
            erasure = await member.privacy.erasures.request(tx, ids[1], forfeit=True)
            for service in SERVICES:
                await member.privacy.exports.deliver(tx, export.export_id, service, 0, last=True, data=b"{}")
    return ids[1], export.export_id, erasure.erasure_id


async def _say(nats: NatsCorner, erasure_id: str, asked: int) -> None:
    """Every service has nothing against it (round 1), or has forgotten him (0)."""
    for kind in _ANSWERED:
        event: Any = kind()
        event.meta.event_id, event.meta.aggregate_id = uuid7(), erasure_id
        event.meta.business_time.FromDatetime(datetime.now(UTC))
        service = event.DESCRIPTOR.full_name.split(".")[1]
        event.answer.erasure_id, event.answer.service, event.answer.round = erasure_id, service, asked
        event.answer.scrubbed = asked == 0
        where = streams.subject(event.DESCRIPTOR.full_name, erasure_id)
        await nats.jetstream.publish(where, event.SerializeToString(), headers={"Nats-Msg-Id": event.meta.event_id})


def _told(dsn: str, nats: NatsCorner) -> dict[str, str]:
    """What the process is started with."""
    return {
        "OMO_ENV": "test",
        "OMO_POSTGRES_DSN": dsn,
        "OMO_NATS_URL": nats.url,
        "OMO_NATS_SEED": nats.seed("member"),
        "OMO_SERVICE_SECRETS": json.dumps({"operator": "0" * 32}),
        "OMO_SERVICE_SECRET": "0" * 32,
    }


async def _dies(told: dict[str, str], point: str, owner: asyncpg.Connection) -> None:
    process = await start({**told, "OMO_FAULTS": f"{point}=exit9"})
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 9, point
    await owner.execute("UPDATE timers SET lease_until = NULL")


_ROUNDS = ("privacy.before_answer", "privacy.before_pivot", "privacy.before_receipt")
_POINTS = [
    pytest.param(("privacy.before_pivot",), id="pivot"),
    pytest.param(
        ("privacy.before_gathered", "privacy.before_packed", "privacy.before_answer", "privacy.before_receipt"),
        id="all-others",
        marks=pytest.mark.soak,
    ),
]


@pytest.mark.parametrize("points", _POINTS)
async def test_killed_while_it_forgets_and_hands_out_it_ends_with_every_receipt(
    databases: Databases, nats: NatsCorner, points: tuple[str, ...]
) -> None:
    where = await databases.address("member")
    told = _told(where.dsn, nats)
    settings = read(Settings, {"OMO_ENV": "test"})
    db, owner = await Database.open(where.dsn, size=2), await asyncpg.connect(where.owner_dsn)
    member = Member(settings, db, machine_time, ConsoleSender())
    forgotten, export_id, erasure_id = await _asked(member)
    for service in SERVICES:
        await streams.ensure_stream(nats.jetstream, streams.stream_name(service))
    for point in points:
        # told anew each time, as services do: what a dead process had in hand comes again only after half a minute
        if point in _ROUNDS:
            await _say(nats, erasure_id, 1)
        if point == "privacy.before_receipt":
            await _say(nats, erasure_id, 0)
        await _dies(told, point, owner)
    await _say(nats, erasure_id, 1)
    process = await start(told)
    try:
        async with asyncio.timeout(PATIENCE):
            await _until(owner, "SELECT state FROM erasures WHERE erasure_id = $1", erasure_id, ("STARTED", "DONE"))
            await _say(nats, erasure_id, 0)
            await _until(owner, "SELECT state FROM erasures WHERE erasure_id = $1", erasure_id, ("DONE",))
            await _until(owner, "SELECT state FROM exports WHERE export_id = $1", export_id, ("READY",))
    finally:
        process.kill()
        await process.wait()
    receipts = await owner.fetch("SELECT service FROM erasure_receipts WHERE erasure_id = $1", erasure_id)
    assert sorted(row["service"] for row in receipts) == ["attribution", "inventory", "member", "order"]
    assert await owner.fetchval("SELECT count(*) FROM member_keys WHERE member_id = $1", forgotten) == 0
    told_of = "SELECT count(*) FROM outbox WHERE subject LIKE $1"
    for event in ("MemberErasureStarted", "MemberErased"):
        assert await owner.fetchval(told_of, f"omo.member.v1.{event}.%") == 1, "once, however often it died"
    await owner.close()
    await db.close()


async def _until(owner: asyncpg.Connection, asked: str, key: str, states: tuple[str, ...]) -> None:
    while await owner.fetchval(asked, key) not in states:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
