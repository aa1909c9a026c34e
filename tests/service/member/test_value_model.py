"""The ledger of value against a model of it: given, held in two channels at once, spent, given back, ended, merged."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.merging.parts import Merge
from services.member.value import posting, store
from services.member.value.domain import Insufficient
from services.member.value.joining import PART
from services.member.wallet import holding
from tests.service.member.value_model import Model, Order
from tests.service.member.value_rig import NOW, Purse, cancelled, confirmed, new, pays, purse, sold

__all__ = ["purse"]

Step = tuple[Any, ...]


@dataclass(slots=True)
class Walk:
    """The real ledger and the model, taking the same steps."""

    purse: Purse
    members: list[str] = field(default_factory=list)
    model: Model = field(default_factory=Model)
    ids: dict[int, str] = field(default_factory=dict)

    async def give(self, who: int, amount: int, days: int) -> None:
        self.model.give(who, amount, days or None)
        await self.purse.credit(self.members[self.model.whom(who)], amount, days or None)

    async def both(self, who: int, amount: int) -> None:
        """The same credit, in the web shop and at a till at the same moment."""
        orders = [self.model.hold(who, amount) for _ in range(2)]
        ids = [new(), new()]
        tries = await asyncio.gather(
            *(
                self.purse.hold(order_id, self.members[who], pays(amount), till=till)
                for order_id, till in zip(ids, ("", "till 1"), strict=True)
            ),
            return_exceptions=True,
        )
        held = [order_id for order_id, one in zip(ids, tries, strict=True) if not isinstance(one, BaseException)]
        assert all(isinstance(one, Insufficient) for one in tries if isinstance(one, BaseException))
        made = [order for order in orders if order is not None]
        assert len(held) == len(made)
        for order, order_id in zip(made, self._in_turn(held), strict=True):
            self.ids[id(order)] = order_id

    async def hold(self, who: int, amount: int) -> None:
        order, order_id = self.model.hold(who, amount), new()
        if order is None:
            with pytest.raises(Insufficient):
                await self.purse.hold(order_id, self.members[who], pays(amount))
            return
        self.ids[id(order)] = order_id
        for _ in range(2):
            await self.purse.hold(order_id, self.members[who], pays(amount))

    async def sell(self, who: int, amount: int) -> None:
        order = self.model.sell(who, amount)
        self.ids[id(order)] = new()
        event = sold(self.ids[id(order)], self.members[who], pays(amount))
        event.sales[0].business_time.FromDatetime(self.purse.now)
        await self.purse.hear(event)

    async def release(self, which: int) -> None:
        if (order := self._pick(which, "held")) is not None:
            self.model.end(order, "released")
            await self.purse.release(self.ids[id(order)], self.members[order.who])

    async def commit(self, which: int) -> None:
        if (order := self._pick(which, "held")) is not None:
            self.model.end(order, "spent")
            event = confirmed(self.ids[id(order)], self.members[order.who], pays(order.amount))
            event.facts.business_time.FromDatetime(self.purse.now)
            await self.purse.hear(event)

    async def cancel(self, which: int) -> None:
        if (order := self._pick(which, "spent")) is not None:
            self.model.cancel(order)
            event = cancelled(self.ids[id(order)], self.members[order.who])
            event.meta.business_time.FromDatetime(self.purse.now)
            await self.purse.hear(event)

    async def wait(self, days: int) -> None:
        self.model.wait(days)
        self.purse.now += timedelta(days=days)
        await self.purse.sweep()

    async def merge(self) -> None:
        if self.model.merged:
            return
        self.model.merge()
        absorbed, survivor = self.members
        async with self.purse.acting() as tx:
            await tx.execute("INSERT INTO member_aliases VALUES ($1, $2, 'merged')", absorbed, survivor)
            await tx.execute("UPDATE points_holds SET member_id = $2 WHERE member_id = $1", absorbed, survivor)
            await PART.join(tx, Merge(new(), survivor, absorbed, self.purse.now))

    async def compare(self) -> None:
        """What each member has, holds, spent and owes is what the model says."""
        for who, member_id in enumerate(self.members):
            assert await self.purse.sums(member_id) == self.model.sums(who)

    async def judge(self) -> None:
        """And every book adds up."""
        await self.compare()
        await self.purse.proved()

    def _pick(self, which: int, state: str) -> Order | None:
        fitting = [one for one in self.model.orders if one.state == state]
        return fitting[which % len(fitting)] if fitting else None

    @staticmethod
    def _in_turn(held: list[str]) -> list[str]:
        return held


WHO, WHICH, AMOUNT = st.integers(0, 1), st.integers(0, 3), st.integers(1, 80)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), WHO, AMOUNT, st.sampled_from([0, 3, 20])),
        *(st.tuples(st.just(name), WHO, AMOUNT) for name in ("hold", "both", "sell")),
        *(st.tuples(st.just(name), WHICH) for name in ("commit", "release", "cancel")),
        st.tuples(st.just("wait"), st.sampled_from([1, 4])),
        st.just(("merge",)),
    ),
    max_size=9,
)


async def walk(purse: Purse, steps: Sequence[Step]) -> Walk:
    purse.now = NOW
    walked = Walk(purse, [await purse.member(), await purse.member()])
    for name, *told in steps:
        purse.now += timedelta(seconds=1)  # what is given earlier is older
        await getattr(walked, name)(*told)
        await walked.compare()
    return walked


@given(steps=STEPS)
async def test_whatever_happens_to_credit_it_is_what_the_model_says(purse: Purse, steps: list[Step]) -> None:
    await (await walk(purse, steps)).judge()


STORY: list[Step] = [
    ("give", 0, 70, 3), ("give", 0, 40, 20), ("both", 0, 60), ("hold", 0, 40), ("commit", 0), ("give", 0, 5, 3),
    ("wait", 4),
    ("release", 0), ("sell", 0, 70), ("give", 0, 30, 0), ("cancel", 0), ("merge",), ("hold", 1, 10), ("cancel", 0),
]  # fmt: skip


async def _forgets(*_args: Any) -> None:
    """Does nothing."""


@pytest.mark.parametrize("bug", [None, "no debt", "no expiry", "no reinstatement", "no pay off", "no release"])
async def test_a_planted_bug_in_the_ledger_of_value_is_found(
    purse: Purse, monkeypatch: pytest.MonkeyPatch, bug: str | None
) -> None:
    planted: dict[str, tuple[Any, str]] = {
        "no debt": (posting, "owe"),
        "no expiry": (posting, "expire"),
        "no reinstatement": (store, "extend"),
        "no pay off": (posting, "pay_off"),
        "no release": (holding, "release"),
    }
    if bug is None:
        await (await walk(purse, STORY)).judge()
        return
    monkeypatch.setattr(*planted[bug], _forgets)
    with pytest.raises((AssertionError, Insufficient)):
        await (await walk(purse, STORY)).judge()
