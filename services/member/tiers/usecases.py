"""Tiers by the clock, by hand and from elsewhere."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kit import outbox, schedules
from kit.clock import Clock
from kit.postgres import Tx
from services.member.points import posting
from services.member.points import store as points_store
from services.member.points.ledger import Balance
from services.member.program.domain import Program
from services.member.tiers import deciding, domain, domain_replay, store, wire
from services.member.tiers.deciding import TIERS_DUE
from services.member.tiers.domain import Cause, Source, State
from services.member.tiers.domain_counting import NOTHING, Sum
from services.member.tiers.domain_progress import progress

SWEEP_LIMIT = 500
# of ids that this makes of names, for what a source had counted
_OPENINGS = uuid.UUID("8f0e1d0c-6a52-5d1b-9d3c-3a6f0b8c2e71")


@dataclass(frozen=True, slots=True)
class Imported:
    """A member's tier as another system had it."""

    member_id: str
    tier: str
    since: datetime
    valid_until: datetime | None
    opening: Sum
    opening_time: datetime
    own_date: date | None = None


class Tiers:
    """What nobody's sale decides. Members are locked by their balance."""

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone

    async def sweep(self, tx: Tx, _dues: Sequence[object]) -> None:
        """Lets tiers end, begin and fall whose moment has come, and tells whose end is near."""
        now = self._clock()
        due = await store.due(tx, now, SWEEP_LIMIT)
        balances = await points_store.lock(tx, due)
        program = await points_store.program(tx)
        ruled = await deciding.rules(tx, program, self._zone, balances)
        counted = await store.counted(tx, balances)
        decisions = []
        for member_id, balance in balances.items():
            held = deciding.state(balance)
            steps = domain_replay.overdue(ruled[member_id], held, counted[member_id], now)
            if steps:
                decisions.append(deciding.decided(balance, steps, program))
        await posting.post(tx, balances, (), [one.balance for one in decisions])
        await deciding.tell(tx, decisions, program, self._zone, now)
        full = [await self._warn(tx, program, days, now) for days in program.policy.expiring_days]
        if len(due) == SWEEP_LIMIT or any(full):
            await schedules.schedule(tx, TIERS_DUE, f"{now.isoformat()}+", now)

    async def _warn(self, tx: Tx, program: Program, days: int, now: datetime) -> bool:
        """Tells whose tier ends in so many days and would be lost, each once; True where there may be more."""
        upto = deciding.notice_time(now, -days, self._zone)
        asked = await store.ending(tx, now, upto, days, SWEEP_LIMIT)
        balances = await points_store.lock(tx, asked)
        ruled = await deciding.rules(tx, program, self._zone, balances)
        counted = await store.counted(tx, balances)
        events, told = [], []
        for member_id, balance in balances.items():
            ends = balance.tier_valid_until_time
            if ends is None:
                continue
            told.append((member_id, ends))
            held = deciding.state(balance)
            stands = progress(ruled[member_id], held, counted[member_id], now)
            if stands.keep_gap or held.source is Source.GRANTED:
                balance.version += 1
                events.append(wire.expiring(balance, days, stands.keep_gap, program, now))
        await store.notice(tx, told, days)
        await posting.post(tx, balances, (), balances.values())
        await outbox.append(tx, *events)
        return len(asked) == SWEEP_LIMIT

    async def grant(self, tx: Tx, member_id: str, tier: str, until: datetime, reason: str) -> None:
        """Gives a tier for a time; what counts stays as it is, and what was earned stands below it."""
        program, balance = await self._locked(tx, member_id)
        if program.tier(tier) is None:
            raise domain.TierUnknown("the program has no such tier", tier=tier, field="tier")
        now, held = self._clock(), deciding.state(balance)
        under, ends = (held.under, held.under_until) if held.source is Source.GRANTED else (held.tier, held.valid_until)
        given = State(tier, now, until, Source.GRANTED, under=under, under_until=ends)
        given = replace(given, coming=held.coming, coming_time=held.coming_time)
        await self._by_hand(tx, balance, given, Cause.GRANT, program, reason)

    async def end_grant(self, tx: Tx, member_id: str, reason: str) -> None:
        """Ends what was given by hand; raises NotGranted."""
        program, balance = await self._locked(tx, member_id)
        now, held = self._clock(), deciding.state(balance)
        if held.source is not Source.GRANTED:
            raise domain.NotGranted("the tier was not given by hand", member_id=balance.member_id)
        counted = (await store.counted(tx, [balance.member_id]))[balance.member_id]
        ruled = (await deciding.rules(tx, program, self._zone, [balance.member_id]))[balance.member_id]
        ended = domain.came_due(ruled, replace(held, valid_until=now, coming="", coming_time=None), counted).after
        after = replace(ended, coming=held.coming, coming_time=held.coming_time)
        await self._by_hand(tx, balance, after, Cause.GRANT_ENDED, program, reason)

    async def take_over(self, tx: Tx, source: str, one: Imported) -> bool:
        """Takes a tier over with what had counted toward it; False if the member came from there before."""
        program, balance = await self._locked(tx, one.member_id)
        if program.tier(one.tier) is None:
            raise domain.TierUnknown("the program has no such tier", tier=one.tier, field="tier")
        now = self._clock()
        if not await store.take_over(tx, balance.member_id, source, now):
            return False
        if one.own_date is not None:
            await store.put_date(tx, balance.member_id, one.own_date)
        if one.opening != NOTHING:
            key = str(uuid.uuid5(_OPENINGS, f"{source}:{balance.member_id}"))
            await store.open_count(tx, balance.member_id, key, one.opening_time, one.opening)
        ruled = (await deciding.rules(tx, program, self._zone, [balance.member_id]))[balance.member_id]
        held, tier = deciding.state(balance), program.tier(one.tier)
        if tier is not None and program.rank(one.tier) >= program.rank(held.tier):
            until = one.valid_until or ruled.lasts(tier, one.since)
            given = State(one.tier, one.since, until, Source.IMPORTED)
            await self._by_hand(tx, balance, given, Cause.IMPORT, program, source)
        return True

    async def _locked(self, tx: Tx, member_id: str) -> tuple[Program, Balance]:
        meant, balances = await points_store.lock_meant(tx, [member_id])
        return await points_store.program(tx), balances[meant[member_id]]

    async def _by_hand(
        self, tx: Tx, balance: Balance, after: State, cause: Cause, program: Program, reason: str
    ) -> None:
        now = self._clock()
        decision = deciding.by_hand(balance, after, cause, now, program, reason)
        await posting.post(tx, {}, (), [balance])
        await deciding.tell(tx, [decision], program, self._zone, now)
