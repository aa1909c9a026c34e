"""Sends what is due, a batch at a time: decided and claimed, then handed over, then settled."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from asyncpg import Record

from kit import access, faultpoints, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from services.member.channels import contract
from services.member.channels.book import AddressBook
from services.member.channels.contract import Channel, Letter, Refused, Unknown
from services.member.messages import domain_sending, domain_templates, outcomes, places, store_rules, store_sending
from services.member.messages.composing import Composer
from services.member.messages.domain import Purpose, State
from services.member.messages.domain_sending import Rules, Send, Wait, Wanted, Withhold
from services.member.messages.domain_templates import Template
from services.member.messages.outcomes import Outcomes
from services.member.messages.people import Facing, People
from services.member.messages.store import SEND
from services.member.messages.store_sending import Settled

_AT_ONCE = 32
_TRANSACTIONS = 3
_TRIES = 10
_FIRST_WAIT, _LONGEST_WAIT = 15.0, 3600.0
# campaign states: paused and halted ones wait; a message of one that is done still goes out
_STANDING = {4, 5}

faultpoints.register("messages.claimed", "messages.handed_over")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in hand, ready to be carried."""

    row: Record
    letter: Letter


class Sending:
    """The hand that carries messages to their channels."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        zone: ZoneInfo,
        channels: Mapping[str, Channel],
        people: People,
        composer: Composer,
        kept: Outcomes,
        book: AddressBook,
    ) -> None:
        self._db = db
        self._clock = clock
        self._zone = zone
        self._channels = channels
        self._people = people
        self._composer = composer
        self._outcomes = kept
        self._book = book
        # over all batches in hand: sending takes neither every connection nor a provider's patience
        self._slots = asyncio.Semaphore(_TRANSACTIONS)
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def send(self, due: Due) -> None:
        """Works through a batch; what it cannot send now gets its own time."""
        with access.acting_as(access.service("member")):
            claimed = await self._claim(due)
            faultpoints.hit("messages.claimed")
            settled = await asyncio.gather(*(self._carry(one) for one in claimed))
            faultpoints.hit("messages.handed_over")
            # what providers have said is written down whether the timer is still ours or not
            async with self._slots, self._db.transaction() as tx:
                await self._settle(tx, claimed, settled)
            async with self._slots, self._db.transaction() as tx:
                await timers.finish(tx, due)
                at = await store_sending.next_time(tx, due.key)
                if at is not None:
                    await timers.schedule(tx, SEND, due.key, max(at, self._clock()))

    async def _claim(self, due: Due) -> list[Claimed]:
        now = self._clock()
        async with self._slots, self._db.transaction() as tx:
            await timers.keep(tx, due)
            rows = await store_sending.take(tx, due.key, now)
            left = [row for row in rows if row["state"] == State.HANDED_OVER and not self._repeats(row["channel"])]
            rows = [row for row in rows if row not in left]
            await store_sending.settle(tx, [_unknown(row) for row in left], now)
            return await self._decided(tx, rows, now)

    def _repeats(self, channel: str) -> bool:
        held = self._channels.get(channel)
        return held is not None and held.recognises_retries

    async def _decided(self, tx: Tx, rows: Sequence[Record], now: datetime) -> list[Claimed]:
        """Decides on each message, and claims those that go out now."""
        marketed = [row["member_id"] for row in rows if row["purpose"] == Purpose.MARKETING]
        times: dict[str, list[datetime]] = await store_sending.lock_counts(tx, marketed)
        by_purpose = {
            purpose: [row["member_id"] for row in rows if row["purpose"] == purpose]
            for purpose in {Purpose(row["purpose"]) for row in rows}
        }
        people = await self._people.of(tx, by_purpose, times)
        templates = await store_rules.templates(tx, [row["template_id"] for row in rows])
        rules, halted = await store_rules.rules(tx), await store_sending.halted(tx)
        claimed, settled = [], []
        for row in rows:
            facing, template = people[row["member_id"]], templates.get(row["template_id"])
            found = self._decide(row, facing, template, rules, halted, now)
            if isinstance(found, Settled):
                settled.append(found)
                continue
            if row["purpose"] == Purpose.MARKETING and not row["tries"]:
                times[row["member_id"]].append(now)
            assert template is not None
            claimed.append(self._claimed(row, facing, template, found.channel, rules))
        await store_sending.settle(tx, settled, now)
        counted = [one.row for one in claimed if one.row["purpose"] == Purpose.MARKETING and not one.row["tries"]]
        await store_sending.count(tx, [row["member_id"] for row in counted], now)
        versions = {template.template_id: template.version for template in templates.values()}
        await store_sending.claim(
            tx, [(c.row["message_id"], c.letter.channel, versions[c.row["template_id"]]) for c in claimed]
        )
        return claimed

    def _decide(
        self, row: Record, facing: Facing, template: Template | None, rules: Rules, halted: frozenset[str],
        now: datetime,
    ) -> Send | Settled:  # fmt: skip
        message_id = row["message_id"]
        if template is None or domain_templates.missing(template, places.params(row)):
            return Settled(message_id, State.REFUSED, "TEMPLATE")
        if not self._composer.lets_out(template):
            return Settled(message_id, State.REFUSED, "NO_WAY_OUT")
        if row["twin"] and not row["channel"]:
            return Settled(message_id, State.WITHHELD, "MERGED")
        wanted = Wanted(
            Purpose(row["purpose"]),
            row["next_time"],
            row["end_time"],
            tuple(row["channels"]),
            frozenset(row["tried"]),
            row["channel"],
            row["tries"] > 0,
            row["campaign_state"] in _STANDING,
        )
        offered = frozenset(self._channels)
        found = domain_sending.decide(wanted, facing.person, rules, offered, halted, now, self._zone)
        match found:
            case Send():
                return found
            case Wait(until, cause):
                return Settled(message_id, State.WAITING, cause, until, pinned=bool(row["channel"]))
            case Withhold(cause):
                return _withheld(row, cause)

    def _claimed(self, row: Record, facing: Facing, template: Template, channel: str, rules: Rules) -> Claimed:
        words = template.words(facing.locale, rules.locale)
        params = places.params(row, words.locale)
        address = self._people.address(facing, channel)
        made = (row["message_id"], channel, address, template, words, params, facing, self._people)
        letter = self._composer.letter(*made)
        return Claimed(row, letter)

    async def _carry(self, one: Claimed) -> Settled:
        message_id, tries = one.row["message_id"], one.row["tries"] + 1
        channel = self._channels[one.letter.channel]
        try:
            async with self._gate:
                sent = await channel.send(one.letter)
        except Refused as refused:
            return self._refused(message_id, refused, tries)
        except Unknown:
            if channel.recognises_retries and tries < _TRIES:
                at = self._clock() + _wait(tries)
                return Settled(message_id, State.WAITING, "UNKNOWN", at, pinned=True)
            return Settled(message_id, State.UNKNOWN, "UNKNOWN")
        return Settled(message_id, State.SENT, ref=sent.provider_ref)

    def _refused(self, message_id: str, refused: Refused, tries: int) -> Settled:
        cause, now = refused.code.upper(), self._clock()
        if refused.permanent:
            # another channel may reach him
            return Settled(message_id, State.WAITING, cause, now, gone=True, detail=refused.detail)
        if tries >= _TRIES:
            return Settled(message_id, State.REFUSED, cause)
        wait = max(_wait(tries), timedelta(seconds=refused.retry_after or 0))
        return Settled(message_id, State.WAITING, cause, now + wait)

    async def _settle(self, tx: Tx, claimed: Sequence[Claimed], settled: Sequence[Settled]) -> None:
        now = self._clock()
        held = await store_sending.settle(tx, settled, now)
        told = []
        for one, end in zip(claimed, settled, strict=True):
            if end.message_id not in held:
                continue
            if end.state == State.SENT:
                told.append(outcomes.Told(one.row, one.letter.channel, outcomes.SENT, now))
            elif end.gone and end.cause.lower() in _BLOCKS:
                told.append(outcomes.Told(one.row, one.letter.channel, outcomes.BLOCKED, now))
                where = (one.letter.channel, one.letter.address)
                await self._book.end(tx, *where, end.cause.lower(), now, end.detail)
        await self._outcomes.record(tx, told)


_BLOCKS = {contract.BLOCKED, contract.UNKNOWN_ADDRESS, contract.SUBSCRIPTION_ENDED}


def _unknown(row: Record) -> Settled:
    return Settled(row["message_id"], State.UNKNOWN, "UNKNOWN")


def _withheld(row: Record, cause: str) -> Settled:
    if row["channel"]:
        # a channel may have it: that nothing was sent would be a lie
        return _unknown(row)
    if cause == "REFUSED":
        return Settled(row["message_id"], State.REFUSED, row["cause"] or cause)
    return Settled(row["message_id"], State.WITHHELD, cause)


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (tries - 1)))
