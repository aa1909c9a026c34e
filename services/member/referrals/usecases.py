"""Bringing members, and paying for it once a friend's first order stands and its points have come."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from asyncpg import Record

from kit import access, outbox, timers
from kit.clock import Clock
from kit.ids import uuid7
from kit.postgres import Conflicted, Tx
from kit.timers import Due
from services.member.identity import store as members
from services.member.identity.domain import MemberUnknown
from services.member.referrals import domain, store, wire
from services.member.referrals.domain import Friend, ReferralCodeUnknown, Rules, State
from services.member.segments.domain_facts import Order
from services.member.vault import Vault

SETTLE = "referrals.settle"
_ASK_AGAIN = timedelta(days=1)
_ATTEMPTS = 10

Give = Callable[[Tx, str, int, str, str], Awaitable[object]]


class Referrals:
    """Who brought whom."""

    def __init__(self, vault: Vault, clock: Clock, give: Give) -> None:
        self._key = vault.digest("referral code")
        self._clock = clock
        self._give = give

    async def code(self, tx: Tx, member_id: str) -> str:
        """A member's code; made when it is first asked for."""
        meant = await self._known(tx, member_id)
        for attempt in range(_ATTEMPTS):
            found = await store.code(tx, meant) or await store.put_code(
                tx, meant, domain.code(self._key, meant, attempt)
            )
            if found:
                return found
        raise Conflicted("no code came free")

    async def bind(self, tx: Tx, member_id: str, code: str) -> Record:
        """A new member says who brought him."""
        meant = await self._known(tx, member_id)
        row = await store.friend(tx, meant)
        advocate = await store.owner(tx, code.strip().upper())
        if row is None or advocate is None:
            raise ReferralCodeUnknown("nobody has this code", field="code")
        had, over = await store.brought(tx, meant), await store.brought(tx, advocate)
        if had is not None and had["advocate"] == advocate:
            return had
        friend = Friend(meant, row["join_time"], row["has_bought"], had["advocate"] if had else "")
        now = self._clock()
        domain.bind(await store.rules(tx), friend, advocate, over["advocate"] if over else "", now)
        await store.bind(tx, meant, uuid7(), advocate, now)
        bound = await store.brought(tx, meant)
        assert bound is not None, "what is put is there"
        return bound

    async def put_rules(self, tx: Tx, rules: Rules) -> Rules:
        """Keeps the version after the one that the caller has seen."""
        domain.check(rules)
        present = await store.rules(tx)
        following = replace(rules, version=present.version + 1)
        if rules.version != present.version or not await store.put_rules(tx, following, access.current().actor):
            raise Conflicted("somebody else has changed the rules: read them again")
        return following

    async def on_facts(self, tx: Tx, member_ids: Sequence[str], _orders: Sequence[Order]) -> None:
        """Something is new of these: whoever of them was brought is looked at."""
        for friend_id in await store.waiting(tx, sorted(member_ids)):
            await timers.schedule(tx, SETTLE, friend_id, self._clock())

    async def settle(self, tx: Tx, due: Due) -> None:
        """Pays the advocate if it is time; asks again as long as points are on their way."""
        referral = await store.brought(tx, due.key, lock=True)
        if referral is None or referral["state"] != State.BOUND:
            return
        if referral["friend"] == referral["advocate"]:
            # both turned out to be one person
            await store.turn(tx, due.key, State.VOID, None, 0, None)
            return
        first = await store.first(tx, referral["friend"])
        if first is None:
            return
        if first.began < referral["bind_time"]:
            await store.turn(tx, due.key, State.VOID, first.order_id, 0, None)
        elif not first.earned:
            # nothing of it will post; the next order is looked at when it comes
            return
        elif first.pending:
            await timers.schedule(tx, SETTLE, due.key, self._clock() + _ASK_AGAIN)
        else:
            await self._pay(tx, due.key, referral, first.order_id)

    async def _pay(self, tx: Tx, friend_id: str, referral: Record, order_id: str) -> None:
        rules, now = await store.rules(tx), self._clock()
        had = await store.rewarded(tx, referral["advocate"], now - domain.YEAR)
        if rules.limit_per_year and had >= rules.limit_per_year:
            await store.turn(tx, friend_id, State.OVER_LIMIT, order_id, 0, None)
            return
        points = rules.advocate_points
        await store.turn(tx, friend_id, State.REWARDED, order_id, points, now)
        with access.acting_as(access.service("member")):
            key = f"referral:{referral['referral_id']}"
            # in key order, as every pair of balances is locked
            gifts = {referral["advocate"]: points, referral["friend"]: rules.friend_points}
            for member_id in sorted(gifts):
                if gifts[member_id]:
                    await self._give(tx, member_id, gifts[member_id], "REFERRAL", key)
            await outbox.append(tx, wire.rewarded(referral, order_id, points, now))

    async def _known(self, tx: Tx, member_id: str) -> str:
        meant = await members.resolve(tx, member_id)
        if not await members.known(tx, [meant]):
            raise MemberUnknown("no such member", field="member_id")
        return meant
