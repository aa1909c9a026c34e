"""The member service killed while letters are in a provider's hands: whoever goes on writes to nobody twice."""

import asyncio
import json
import uuid
from collections import Counter
from datetime import UTC, datetime

import asyncpg

from kit import access
from kit.postgres import Database
from kit.settings import read
from services.member.campaigns.domain import Campaign
from services.member.channels.book import AddressBook
from services.member.engagement.room import EngagementRoom
from services.member.ground import Ground, ground
from services.member.identity.domain import By, Identifier, Kind, Member
from services.member.main import machine_time
from services.member.messages.domain import Purpose
from services.member.messages.domain_templates import Template, Words
from services.member.segments.domain import Condition, Operator
from services.member.settings import Settings
from tests.depth import PATIENCE
from tests.harness.databases import Databases
from tests.harness.shared import NatsCorner
from tests.service.member import channel_rig
from tests.service.member.test_access_process import start

MEMBERS = 30
DAY = datetime.now(UTC)


async def _nothing(*_: object) -> None:
    """Nobody is paid here."""


async def _prepared(g: Ground) -> None:
    """Thirty members who can be reached, and a campaign that has been started; nobody has run a timer yet."""
    room = EngagementRoom(g, {}, AddressBook(g.vault, g.register), _nothing)
    people = [
        Member(
            str(uuid.uuid4()), Kind.MEMBER, "", (Identifier(By.PHONE, f"+8869120000{number:02}", "app", DAY),), DAY, "",
            "", "app", DAY,
        )
        for number in range(MEMBERS)
    ]  # fmt: skip
    with access.acting_as(access.service("member")):
        async with g.db.transaction() as tx:
            await g.register.make(tx, people, DAY)
            await room.facts.refresh(tx, [one.member_id for one in people])
            words = (Words("zh-TW", "s", "{member_name} hi"),)
            await room.messages.put_template(tx, Template("t", 0, "n", Purpose.SERVICE, (), words))
            await room.segments.put(tx, "all", "all", Condition("orders", Operator.AT_LEAST, ("0",)))
            # at whatever hour this runs
            await tx.execute(
                "INSERT INTO message_rules (version, quiet_from, quiet_to, per_day, per_week, block_limit_bp,"
                " block_min_sent, channels, locale, actor_kind, actor_id)"
                " VALUES (1, 0, 0, 0, 0, 500, 200, '{sms}', 'zh-TW', 'hq', 'u1')"
            )
            await room.campaigns.put(tx, Campaign("c", "n", "t", "all"))
            await room.campaigns.start(tx, "c")


async def _killed(told: dict[str, str], point: str, owner: asyncpg.Connection) -> None:
    """Starts the service, which dies there; what it held is free at once, as it would be after fifteen seconds."""
    process = await start({**told, "OMO_FAULTS": f"{point}=exit9"})
    async with asyncio.timeout(PATIENCE):
        assert await process.wait() == 9
    await owner.execute("UPDATE timers SET lease_until = NULL")


async def _sent(owner: asyncpg.Connection) -> int:
    return int(await owner.fetchval("SELECT count(*) FROM messages WHERE state = 3"))


async def test_killed_with_letters_in_hand_nobody_is_written_to_twice(databases: Databases, nats: NatsCorner) -> None:
    where = await databases.address("member")
    settings = read(Settings, {"OMO_ENV": "test"})
    db, owner = await Database.open(where.dsn, size=2), await asyncpg.connect(where.owner_dsn)
    async with channel_rig.provider() as provider:
        told = {
            "OMO_ENV": "test",
            "OMO_POSTGRES_DSN": where.dsn,
            "OMO_NATS_URL": nats.url,
            "OMO_NATS_SEED": nats.seed("member"),
            "OMO_SERVICE_SECRETS": json.dumps({"operator": "0" * 32}),
            "OMO_SERVICE_SECRET": "0" * 32,
            "OMO_SMS_WEBHOOK_URL": f"{provider.url}/sms",
            "OMO_SMS_WEBHOOK_SECRET": "s" * 32,
        }
        await _prepared(ground(settings, db, machine_time, machine_time))
        await _killed(told, "campaigns.after_step", owner)
        await _killed(told, "messages.handed_over", owner)
        in_hand = len(provider.calls)
        assert in_hand == MEMBERS
        assert await _sent(owner) == 0, "it died before it could write down that they were sent"
        process = await start(told)
        try:
            async with asyncio.timeout(PATIENCE):
                while await _sent(owner) < MEMBERS:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        finally:
            process.kill()
            await process.wait()
        ids = Counter(call.document["message_id"] for call in provider.calls)
        phones = {(call.document["phone"], call.document["message_id"]) for call in provider.calls}
    assert len(ids) == len(phones) == MEMBERS, "the provider gets a letter again, and never another letter"
    assert await owner.fetchval("SELECT count(DISTINCT member_id) FROM messages") == MEMBERS
    await owner.close()
    await db.close()
