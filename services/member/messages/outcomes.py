"""Records what became of messages: a touch, a line of the timeline, a count, and a stop where too many block."""

import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from asyncpg import Record

from kit import outbox
from kit.clock import Clock
from kit.postgres import Tx
from kit.telemetry import logs
from omo.member.v1 import engagement_events_pb2 as events
from services.member.messages import domain_sending, store_outcomes, store_rules, wire
from services.member.messages.domain import State
from services.member.profile import timeline
from services.member.segments import store_facts
from services.member.vault import Vault

SENT, DELIVERED = events.TOUCH_KIND_SENT, events.TOUCH_KIND_DELIVERED
OPENED, CLICKED = events.TOUCH_KIND_OPENED, events.TOUCH_KIND_CLICKED
BLOCKED, STOPPED = events.TOUCH_KIND_BLOCKED, events.TOUCH_KIND_UNSUBSCRIBED
_TIMES = {DELIVERED: "deliver", OPENED: "open", CLICKED: "click", BLOCKED: "block"}
# what the provider or the member did with it, so that it must have gone out
_PROVES = {SENT, DELIVERED, OPENED, CLICKED}
_NAMES = uuid.UUID("6f6d6f00-746f-5563-8873-000000000001")

logs.allow("channel", "campaign")
_log = logs.get(__name__)

Halt = Callable[[Tx, str, int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened to a message."""

    row: Record
    channel: str
    kind: events.TouchKind.ValueType
    moment: datetime

    @property
    def touch_id(self) -> str:
        """The same for the same thing told again."""
        return str(uuid.uuid5(_NAMES, f"{self.row['message_id']}:{self.channel}:{self.kind}"))


class Outcomes:
    """Each once, in the transaction that learnt of it."""

    def __init__(self, vault: Vault, clock: Clock, zone: ZoneInfo, halt: Halt) -> None:
        self._vault = vault
        self._clock = clock
        self._zone = zone
        self._halt = halt

    async def record(self, tx: Tx, told: Sequence[Told]) -> None:
        """Keeps what is new."""
        if not told:
            return
        await outbox.append(tx, *(wire.touch(one) for one in told))
        sent = [one for one in told if one.kind == SENT]
        await timeline.append(tx, self._vault, [_record(one) for one in sent])
        await self._touch(tx, told)
        await self._count(tx, [one for one in told if one.kind in (SENT, BLOCKED)])

    async def reported(self, tx: Tx, row: Record, kind: events.TouchKind.ValueType, moment: datetime) -> bool:
        """What a provider or a link told of a locked message; False if it was known."""
        name = _TIMES.get(kind)
        unsettled = row["state"] in (State.UNKNOWN, State.HANDED_OVER)
        if (kind == SENT and not unsettled) or (name and row[f"{name}_time"] is not None):
            return False
        times = {name: moment} if name else {"": moment}
        await store_outcomes.note(tx, row["message_id"], times, sent=kind in _PROVES)
        told = [Told(row, row["channel"], kind, moment)]
        if unsettled and kind in _PROVES and kind != SENT:
            told.insert(0, Told(row, row["channel"], SENT, moment))
        await self.record(tx, told)
        return True

    async def _touch(self, tx: Tx, told: Sequence[Told]) -> None:
        reached = [one for one in told if one.kind != BLOCKED]
        if not reached:
            return
        await store_facts.lock(tx, [one.row["member_id"] for one in reached])
        await store_facts.touch(
            tx,
            [
                (
                    one.row["member_id"],
                    one.moment,
                    one.moment if one.kind in (OPENED, CLICKED) else None,
                    one.moment if one.kind == CLICKED else None,
                )
                for one in reached
            ],
        )

    async def _count(self, tx: Tx, told: Iterable[Told]) -> None:
        counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for one in told:
            counts[one.channel, one.row["campaign_id"]][one.kind == BLOCKED] += 1
        if not counts:
            return
        day = self._clock().astimezone(self._zone).date()
        rows = [(channel, campaign, sent, blocked) for (channel, campaign), (sent, blocked) in sorted(counts.items())]
        await store_outcomes.add(tx, rows, day)
        blocked = [key for key, (_, stopped) in counts.items() if stopped]
        if blocked:
            await self._watch(tx, {channel for channel, _ in blocked}, {campaign for _, campaign in blocked})

    async def _watch(self, tx: Tx, channels: set[str], campaigns: set[str]) -> None:
        """Stops what too many block, and says so."""
        rules = await store_rules.rules(tx)
        by_channel, by_campaign = await store_outcomes.sums(tx, sorted(channels), sorted(campaigns))
        for row in by_campaign:
            if domain_sending.too_blocked(row["sent"], row["blocked"], rules):
                await self._halt(tx, row["campaign_id"], row["sent"], row["blocked"])
        for row in by_channel:
            if domain_sending.too_blocked(row["sent"], row["blocked"], rules):
                reason = f"BLOCKED {row['blocked']} OF {row['sent']}"
                if await store_outcomes.halt(tx, row["channel"], self._clock(), reason):
                    await outbox.append(tx, wire.halted("", row["channel"], row["sent"], row["blocked"], self._clock()))
                    _log.error("channel stands still: too many block it", channel=row["channel"])


def _record(one: Told) -> timeline.Record:
    return timeline.Record(
        timeline.named("message", one.row["message_id"]),
        one.row["member_id"],
        "MESSAGE",
        "campaign" if one.row["campaign_id"] else "member",
        one.moment,
        subject_id=one.row["message_id"],
        data={
            "channel": one.channel,
            "template_id": one.row["template_id"],
            "campaign_id": one.row["campaign_id"],
        },
    )
