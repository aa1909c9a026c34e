"""Programmes of benefits, and the occasions on which they give something."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kit import schedules
from kit.clock import Clock
from kit.leases import Due
from kit.postgres import Tx
from services.member.benefits import domain, granting, store
from services.member.benefits.domain import Back, Grant, Occasion, Program, Withdrawn
from services.member.points import reading as members
from services.member.points import store as points
from services.member.points import store_units
from services.member.value import posting
from services.member.value import store as lots
from services.member.value.domain import Account, Lot, Verb
from services.member.value.ledger import Why
from services.member.vault import Vault
from services.member.wallet import store_parts as orders

BIRTHDAYS = "benefits.birthdays"
_AT_ONCE = 200
_YEAR = timedelta(days=365)
_FIRST = "00000000-0000-0000-0000-000000000000"


class Benefits:
    """Order of locks: members, then lots."""

    def __init__(self, vault: Vault, clock: Clock, zone: ZoneInfo) -> None:
        self._vault = vault
        self._clock = clock
        self._zone = zone

    async def put(self, tx: Tx, program: Program) -> Program:
        """Makes or changes a programme; the days of birth are looked at from now on."""
        await store.put(tx, program, self._clock())
        if program.occasion is Occasion.BIRTHDAY:
            await self._schedule(tx, self._today() + timedelta(days=1))
        return program

    async def by_hand(self, tx: Tx, program_id: str, member_id: str, occasion_key: str) -> Lot:
        """Headquarters give one."""
        await members.require_member(tx, member_id)
        grant = Grant(program_id, member_id, f"manual:{member_id}:{occasion_key}", self._clock())
        return (await granting.grant(tx, [grant]))[0]

    async def put_birthday(self, tx: Tx, member_id: str, month: int, day: int) -> None:
        """A member tells his birthday; a gift whose time runs already is his at once, and only one a year."""
        await members.require_member(tx, member_id)
        member_id, now = (await points.lock_meant(tx, [member_id]))[0][member_id], self._clock()
        keys = (self._month(month), self._day(month, day))
        if not await store.put_birthday(tx, member_id, *keys, now, now - _YEAR):
            return
        today = self._today()
        for program in await store.active(tx, Occasion.BIRTHDAY):
            if domain.due(program, month, day, today):
                await self._birthday(tx, program, [member_id], today)

    async def spent(self, tx: Tx, sales: Sequence[tuple[str, str, int, datetime]]) -> None:
        """Orders came to so much, as (order, member, total, moment): some of them bring a gift."""
        programs = await store.active(tx, Occasion.SPEND) if sales else []
        if not programs:
            return
        meant = (await points.lock_meant(tx, [member_id for _, member_id, *_ in sales]))[0]
        totals = await store.came_to(tx, [(order_id, total) for order_id, _, total, _ in sales])
        for order_id, member_id, _, moment in sales:
            deserved = [program for program in programs if totals[order_id] >= program.min_spend]
            if not deserved or await orders.is_ended(tx, order_id):
                continue
            for program in deserved:
                if not await self._enough(tx, program, meant[member_id]):
                    await granting.grant(tx, [_spend_grant(program, order_id, meant[member_id], moment)])

    async def take_back(self, tx: Tx, order_id: str, moment: datetime) -> None:
        """An order ended: the gift that it brought goes too, unless it is used."""
        for program in await store.active(tx, Occasion.SPEND):
            await self._withdraw(tx, program, order_id, moment, "ORDER_CANCELLED")

    async def came_back(self, tx: Tx, backs: Sequence[Back]) -> list[tuple[Back, Withdrawn]]:
        """Parts of orders came back: a gift that what is left does not deserve goes too, unless it is used.

        Of nobody's order it is kept, whatever gifts there are by now: its claim must find it.
        """
        programs = await store.active(tx, Occasion.SPEND) if backs else []
        nobodys = [back.order_id for back in backs if not back.member_id]
        if not (programs or nobodys):
            return []
        await store_units.lock(tx, nobodys)
        await points.lock_meant(tx, [back.member_id for back in backs if back.member_id])
        found = []
        for back in backs:
            fresh = await store.came_back(tx, back.order_id, back.key, back.amount)
            left = await store.left(tx, back.order_id) if fresh else None
            if left is None:
                continue
            for program in domain.undeserved(programs, left, back.amount):
                lot = await self._withdraw(tx, program, back.order_id, back.moment, "RETURNED")
                found += [(back, Withdrawn(lot.lot_id, not (lot.spent or lot.held)))] if lot is not None else []
        return found

    async def reached(self, tx: Tx, member_id: str, tier: str, since: datetime) -> None:
        """A member reached a tier."""
        for program in await store.active(tx, Occasion.TIER):
            if program.tier == tier:
                key = f"tier:{member_id}:{tier}:{since.isoformat()}"
                await granting.grant(tx, [Grant(program.program_id, member_id, key, self._clock())])

    async def bought(self, tx: Tx, buyers: Sequence[tuple[str, datetime]]) -> None:
        """Members bought in a store; who came to the app after that, though we hear of the sale late, has done it."""
        if not buyers:
            return
        meant = (await points.lock_meant(tx, [member_id for member_id, _ in buyers]))[0]
        await store.bought(tx, [(meant[member_id], moment) for member_id, moment in buyers])
        for member_id, claimed in (await store.claimed(tx, sorted(set(meant.values())))).items():
            await self._mission(tx, member_id, claimed)

    async def came(self, tx: Tx, member_id: str, moment: datetime) -> None:
        """A member signed in to the app and claimed his account."""
        meant = (await points.lock_meant(tx, [member_id]))[0][member_id]
        await self._mission(tx, meant, moment)

    async def celebrate(self, tx: Tx, due: Due) -> None:
        """Gives a day's birthday gifts, some hundred members at once; then waits for the next day."""
        today, after = date.fromisoformat(due.key), due.payload.decode() or _FIRST
        unfinished = []
        for program in await store.active(tx, Occasion.BIRTHDAY):
            found = await self._born(tx, program, today, after)
            await self._birthday(tx, program, found, today)
            unfinished += found[-1:] if len(found) == _AT_ONCE else []
        if unfinished:  # who was given something already is given nothing twice
            await schedules.schedule(tx, BIRTHDAYS, due.key, self._clock(), min(unfinished).encode())
        else:
            await self._schedule(tx, today + timedelta(days=1))

    async def _born(self, tx: Tx, program: Program, today: date, after: str) -> list[str]:
        if program.whole_month:
            return await store.born_in(tx, self._month(today.month), after, _AT_ONCE) if today.day == 1 else []
        days = list(domain.born(today, program.leap_day_early))
        found = [one for day in days for one in await store.born_on(tx, self._day(*day), after, _AT_ONCE)]
        return sorted(found)[:_AT_ONCE]

    async def _birthday(self, tx: Tx, program: Program, member_ids: Sequence[str], today: date) -> None:
        last = domain.end_of(today, program.whole_month, program.valid_days)
        ends = datetime.combine(last + timedelta(days=1), time(), self._zone).astimezone(UTC)
        now = self._clock()
        grants = [Grant(program.program_id, one, domain.birthday_key(one, today), now) for one in member_ids]
        await granting.grant(tx, grants, ends)

    async def _mission(self, tx: Tx, member_id: str, came: datetime) -> None:
        first = await store.first_bought(tx, member_id)
        if first is not None and first < came:
            for program in await store.active(tx, Occasion.MISSION):
                key = f"mission:{member_id}"
                await granting.grant(tx, [Grant(program.program_id, member_id, key, self._clock())])

    async def _withdraw(self, tx: Tx, program: Program, order_id: str, moment: datetime, reason: str) -> Lot | None:
        """Takes back the gift that an order brought; the lot as it was found, if there is one."""
        lot_id = domain.lot_id(_spend_grant(program, order_id, "", moment))
        lot = (await lots.lock(tx, [lot_id])).get(lot_id)
        if lot is not None and lot.active:
            why = Why(lot_id, moment, reason, order_id)
            await posting.move(tx, Verb.ADJUST, [(lot, lot.active)], Account.ACTIVE, Account.VOID, why)
        return lot

    async def _enough(self, tx: Tx, program: Program, member_id: str) -> bool:
        return bool(program.limit_member) and await store.had(tx, program.program_id, member_id) >= program.limit_member

    async def _schedule(self, tx: Tx, day: date) -> None:
        begins = datetime.combine(day, time(), self._zone).astimezone(UTC)
        await schedules.schedule(tx, BIRTHDAYS, day.isoformat(), begins)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _month(self, month: int) -> bytes:
        return self._vault.digest("birth month", str(month))

    def _day(self, month: int, day: int) -> bytes:
        return self._vault.digest("birth day", str(month), str(day))


def _spend_grant(program: Program, order_id: str, member_id: str, moment: datetime) -> Grant:
    return Grant(program.program_id, member_id, f"spend:{order_id}", moment)
