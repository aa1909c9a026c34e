"""Two worlds that are alike: in one, what members spend is held and committed in batches, in the other one by one."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from kit import access
from kit.errors import Fault
from services.member.points.domain import Sale
from services.member.value import posting
from services.member.value.domain import NO_SOURCE, Terms, Use
from services.member.value.ledger import Why
from services.member.wallet import holding, wire
from services.member.wallet.domain import NOBODY
from services.member.wallet.domain_batch import Ask
from services.member.wallet.reactions import WalletReactions
from tests.service.member.value_rig import COUPON, CREDIT, GIFT_CARD, NOW, Purse, confirmed, new, pays

DEVICE = access.Principal(access.Kind.DEVICE, "t1", terminal_id="t1")
TILL = ("device", "t1", "t1")
Wish = tuple[int, int, str, int, bool]


@dataclass(slots=True)
class World:
    """Three members, of whom the last may spend nothing, a coupon of the first's and a card of whoever has it."""

    purse: Purse
    members: list[str] = field(default_factory=list)
    # in the order in which they are committed, which is the same in both worlds then
    ids: list[str] = field(default_factory=lambda: sorted(new() for _ in range(5)))
    coupon: str = ""
    card: str = ""

    def ask(self, wish: Wish) -> Ask:
        number, who, what, amount, till = wish
        member_id = NOBODY if who == 3 else self.members[who]
        uses = {
            "credit": (pays(amount),),
            "coupon": (Use(COUPON, self.coupon, rule_id="rule-1"),),
            "card": (Use(GIFT_CARD, self.card, amount=amount),),
            "all": (pays(amount), Use(COUPON, self.coupon, rule_id="rule-1"), Use(GIFT_CARD, self.card, amount=5)),
        }.get(what, ())
        points = amount if what in ("points", "all") else 0
        return Ask(self.ids[number], member_id, points, uses, "t1" if till else "", TILL)

    async def state(self) -> list[Any]:
        """All that members have, in words that say nothing of ids."""
        found: list[Any] = []
        async with self.purse.db.read() as tx:
            for member_id in self.members:
                balance = await tx.fetchrow(
                    "SELECT active, held, spent, debt FROM points_balances WHERE member_id = $1", member_id
                )
                lots = await tx.fetch(
                    "SELECT active, held FROM points_lots WHERE member_id = $1 ORDER BY earn_time, lot_id", member_id
                )
                moves = await tx.fetch(
                    "SELECT kind, points, actor_kind, terminal_id FROM points_transfers WHERE member_id = $1"
                    " ORDER BY kind, points, actor_kind",
                    member_id,
                )
                found += [tuple(balance or (0, 0, 0, 0)), *map(tuple, lots), *map(tuple, moves)]
            holds = await tx.fetch(
                "SELECT state, points, value, lot_points, terminal_id, end_time, timers.due_time FROM points_holds"
                " LEFT JOIN timers ON key = hold_id::text WHERE hold_id = ANY($1::uuid[])"
                " ORDER BY array_position($1::uuid[], hold_id)",
                self.ids,
            )
            parts = await tx.fetch(
                "SELECT kind, amount, state, returned FROM value_parts WHERE hold_id = ANY($1::uuid[])"
                " ORDER BY array_position($1::uuid[], hold_id), kind, amount",
                self.ids,
            )
        value = [await self.purse.sums(member_id) for member_id in self.members]
        bearer = [await self.purse.one(lot_id) for lot_id in (self.coupon, self.card)]
        held = [(lot.active, lot.held, lot.spent) for lot in bearer]
        return [*found, *map(tuple, holds), *map(tuple, parts), *value, *held]


async def world(purse: Purse) -> World:
    """In one transaction: a property makes many of them."""
    made, moments = World(purse, [new() for _ in range(3)]), (NOW, NOW + timedelta(days=1))
    ticket = posting.new(new(), made.members[0], COUPON, NO_SOURCE, NOW, None, Terms(rule_id="rule-1"))
    card = posting.new(new(), None, GIFT_CARD, NO_SOURCE, NOW, None, Terms())
    made.coupon, made.card = ticket.lot_id, card.lot_id
    async with purse.acting() as tx:
        await tx.execute(
            "INSERT INTO members (member_id, kind, source, join_time, version, actor_kind, actor_id, value_frozen_time)"
            " SELECT who, 'MEMBER', 'test', $2::timestamptz, 1, 'hq', 'u1',"
            "        CASE WHEN who = $3::uuid THEN $2::timestamptz END"
            " FROM unnest($1::uuid[]) AS who",
            made.members, NOW, made.members[2],
        )  # fmt: skip
        names = iter(sorted(new() for _ in range(6)))
        credit = [
            posting.new(next(names), who, CREDIT, NO_SOURCE, moment, moment + timedelta(days=5 - 2 * day), Terms())
            for who in made.members
            for day, moment in enumerate(moments)
        ]
        await posting.issue(tx, [*((lot, 30) for lot in credit), (ticket, 1), (card, 40)], Why(new(), NOW))
        for purse.now in moments:
            for who in made.members[:2]:
                await purse.points.adjust(tx, who, 30, "goodwill", new())
    return made


async def outcome(work: Awaitable[Any]) -> Any:
    """What came of it: the hold, or why not."""
    try:
        return await work
    except Fault as fault:
        return fault


def words(answer: Any) -> tuple[Any, ...]:
    if isinstance(answer, Fault):
        return answer.reason, answer.metadata.get("available"), answer.metadata.get("state")
    return answer.state, answer.points, answer.value, [part for _, part in answer.parts], answer.terminal_id


WISH = st.tuples(
    st.integers(0, 4), st.sampled_from([0, 0, 1, 2, 3]), st.sampled_from(["points", "credit", "coupon", "card", "all"]),
    st.integers(1, 45), st.booleans(),
)  # fmt: skip


def sales(one: World, wishes: Sequence[Wish]) -> list[Sale]:
    """What the orders then say: each by whom it was asked for first, whether or not anything was held."""
    first = {wish[0]: wish for wish in reversed(wishes) if wish[1] != 3}
    return [Sale(one.ids[wish[0]], one.members[wish[1]], NOW, (), wish[3]) for wish in first.values()]


async def rich(purse: Purse, points: int = 100, credit: int = 100) -> str:
    shopper = await purse.member()
    await purse.credit(shopper, credit)
    async with purse.acting() as tx:
        await purse.points.adjust(tx, shopper, points, "goodwill", new())
    return shopper


def ask(hold_id: str, member_id: str, points: int = 0, *uses: Use) -> Ask:
    return Ask(hold_id, member_id, points, uses, "", TILL)


def used(uses: Sequence[Use], how: int) -> tuple[Use, ...]:
    """What an order says that it used of what it held: all, less, or more."""
    by = (0, 0, -1, 5)[how % 4]
    return tuple(replace(use, amount=max(use.amount + by, 1)) if use.amount else use for use in uses)


def told(one: World, wishes: Sequence[Wish]) -> list[Any]:
    """The orders' news, each by whom it was asked for first; every fourth amount is told otherwise than it was held."""
    first = {wish[0]: wish for wish in reversed(wishes)}
    return [
        confirmed(one.ids[wish[0]], None if wish[1] == 3 else one.members[wish[1]], *used(one.ask(wish).uses, wish[3]))
        for wish in first.values()
    ]


async def one_by_one(tx: Any, events: Sequence[Any]) -> None:
    """How value is committed alone: the reference."""
    for each in sorted((wire.spending(event.facts) for event in events if event.facts.spends), key=_order):
        await holding.commit(tx, each)
        await WalletReactions()._settle(tx, each.order_id, each.member_id or "")


def _order(told: holding.Spending) -> str:
    return told.order_id


async def moves(one: World) -> list[Any]:
    """All that happened to value for the orders."""
    async with one.purse.db.read() as tx:
        rows = await tx.fetch(
            "SELECT verb, kind, amount, reason, location_id FROM value_transfers WHERE order_id = ANY($1::uuid[])"
            " ORDER BY verb, kind, amount, reason",
            one.ids,
        )
    return list(map(tuple, rows))
