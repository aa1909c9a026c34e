"""Cards, coupons, packs and vouchers against a model of them: held, spent, given back, ended, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Fault
from kit.leases import Due
from services.member.prepaid import domain as prepaid
from services.member.prepaid.domain import InvoiceTiming
from services.member.value import posting, store
from services.member.value.domain import Kind, Use
from services.member.vouchers.usecases import Vouchers
from services.member.wallet import holding
from tests.service.member.things_model import LIST_PRICE, PAID, UNITS, Model, Order
from tests.service.member.value_rig import (
    COUPON,
    GIFT_CARD,
    NOW,
    PREPAID,
    Purse,
    cancelled,
    confirmed,
    new,
    purse,
    returned,
    sold,
)

__all__ = ["purse"]

Step = tuple[Any, ...]


@dataclass(slots=True)
class Walk:
    """The real wallet and the model, taking the same steps."""

    purse: Purse
    shopper: str = ""
    model: Model = field(default_factory=Model)
    refs: dict[str, str] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    voucher: str = ""

    async def begin(self) -> None:
        purse = self.purse
        purse.now, self.shopper = NOW, await purse.member()
        await purse.credit(self.shopper, 100)
        program = prepaid.Program(
            new(), "寄杯", "CUP", UNITS, PAID, LIST_PRICE, 30, (), True, InvoiceTiming.AT_PURCHASE, True
        )
        async with purse.acting() as tx:
            await purse.prepaid.put(tx, program)
            pack = await purse.prepaid.sell(tx, program.program_id, self.shopper, "TPE01", None)
            (lot,) = await store.of_source(tx, pack.pack_id)
        self.refs = {
            "card": await purse.lot(None, GIFT_CARD, 100, days=20),
            "coupon": await purse.lot(self.shopper, COUPON, days=10, rule_id="rule-1"),
            "once": await purse.lot(self.shopper, COUPON, days=40, rule_id="rule-1", restores=False),
            "pack": lot.lot_id,
        }

    def use(self, name: str, amount: int) -> Use:
        ref = self.refs[name]
        if name == "card":
            return Use(GIFT_CARD, ref, amount=amount)
        if name == "pack":
            return Use(PREPAID, ref, quantity=amount, sku="CUP", line_no=1)
        return Use(COUPON, ref, rule_id="rule-1")

    async def hold(self, name: str, amount: int) -> None:
        order, order_id = self.model.hold(name, amount), new()
        if order is None:
            with pytest.raises(Fault):
                await self.purse.hold(order_id, self.shopper, self.use(name, amount))
            return
        self.ids[id(order)] = order_id
        await self.purse.hold(order_id, self.shopper, self.use(name, amount))

    async def commit(self, which: int) -> None:
        if (order := self._pick(which, "held")) is not None:
            self.model.commit(order)
            event = confirmed(self.ids[id(order)], self.shopper, self.use(order.name, order.amount))
            event.facts.business_time.FromDatetime(self.purse.now)
            await self.purse.hear(event)

    async def release(self, which: int) -> None:
        if (order := self._pick(which, "held")) is not None:
            self.model.release(order)
            await self.purse.release(self.ids[id(order)], self.shopper)

    async def bring(self, which: int, amount: int) -> None:
        """A part comes back."""
        if (order := self._pick(which, "spent")) is not None:
            self.model.give_back(order, amount)
            event = returned(self.ids[id(order)], self.shopper, new(), [self.use(order.name, amount)])
            event.meta.business_time.FromDatetime(self.purse.now)
            await self.purse.hear(event)

    async def cancel(self, which: int) -> None:
        if (order := self._pick(which, "spent")) is not None:
            self.model.give_back(order, order.amount)
            order.state = "cancelled"
            event = cancelled(self.ids[id(order)], self.shopper)
            event.meta.business_time.FromDatetime(self.purse.now)
            await self.purse.hear(event)

    async def drink(self, units: int) -> None:
        may, use = self.model.drink(units), self.use("pack", units)
        try:
            async with self.purse.acting() as tx:
                await self.purse.prepaid.redeem(tx, self.shopper, use, "TPE02")
        except Fault:
            assert not may
        else:
            assert may

    async def issue(self, amount: int) -> None:
        may = self.model.issue(amount)
        try:
            async with self.purse.acting() as tx:
                out = await self.purse.vouchers.issue(tx, self.shopper, "till 1", Kind.CREDIT, amount)
            self.voucher = out.voucher_id
        except Fault:
            assert not may
        else:
            assert may

    async def offline(self, amount: int) -> None:
        if self.voucher:
            self.model.offline(amount)
            event = sold(new(), self.shopper, Use(Kind.CREDIT, self.voucher, amount=amount))
            event.sales[0].business_time.FromDatetime(self.purse.now)
            await self.purse.hear(event, event)

    async def wait(self, days: int) -> None:
        self.model.wait(days)
        self.purse.now += timedelta(days=days)
        await self.purse.sweep()
        async with self.purse.acting() as tx:
            due = "SELECT key FROM timers WHERE kind = 'vouchers.end' AND due_time <= $1"
            for row in await tx.fetch(due, self.purse.now):
                await self.purse.vouchers.end(tx, Due("vouchers.end", row["key"]))

    async def compare(self) -> None:
        found: dict[str, tuple[int, ...]] = {"credit": await self.purse.sums(self.shopper)}
        async with self.purse.db.read() as tx:
            asked = "SELECT lot_id, active, held, spent FROM value_lots WHERE lot_id = ANY($1::uuid[])"
            rows = {row["lot_id"]: tuple(row)[1:] for row in await tx.fetch(asked, list(self.refs.values()))}
        found |= {name: rows[ref] for name, ref in self.refs.items()}
        assert found == self.model.sums()

    def _pick(self, which: int, state: str) -> Order | None:
        fitting = [one for one in self.model.orders if one.state == state]
        return fitting[which % len(fitting)] if fitting else None


NAME, WHICH = st.sampled_from(["card", "coupon", "once", "pack"]), st.integers(0, 3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), NAME, st.integers(1, 7)),
        *(st.tuples(st.just(name), WHICH) for name in ("commit", "release", "cancel")),
        st.tuples(st.just("bring"), WHICH, st.integers(1, 5)),
        st.tuples(st.just("drink"), st.integers(1, 7)),
        *(st.tuples(st.just(name), st.integers(1, 120)) for name in ("issue", "offline")),
        st.tuples(st.just("wait"), st.sampled_from([1, 11, 31])),
    ),
    max_size=6,
)


async def walk(purse: Purse, steps: Sequence[Step]) -> Walk:
    walked = Walk(purse)
    await walked.begin()
    for name, *told in steps:
        await getattr(walked, name)(*told)
        await walked.compare()
    return walked


@given(steps=STEPS)
async def test_whatever_happens_to_things_they_are_what_the_model_says(purse: Purse, steps: list[Step]) -> None:
    await walk(purse, steps)


STORY: list[Step] = [
    ("hold", "card", 7), ("hold", "coupon", 1), ("release", 1), ("hold", "once", 1), ("hold", "pack", 2),
    ("commit", 0), ("commit", 0), ("commit", 0), ("bring", 0, 3), ("cancel", 1), ("drink", 1), ("drink", 4),
    ("issue", 60), ("issue", 5), ("offline", 20), ("wait", 11), ("issue", 70), ("offline", 90), ("cancel", 0),
    ("wait", 31), ("hold", "card", 1), ("hold", "coupon", 1), ("cancel", 0), ("drink", 1),
]  # fmt: skip


async def _forgets(*_args: Any, **_told: Any) -> None:
    """Does nothing."""


@pytest.mark.parametrize(
    ("where", "what", "bug"),
    [
        pytest.param(holding, "release", _forgets, id="coupon: a release gives nothing back"),
        pytest.param(holding, "settle", lambda *_: _none(), id="card: a return gives nothing back"),
        pytest.param(holding, "OPENERS", (), id="coupon: comes back though it may not"),
        pytest.param(posting, "expire", _forgets, id="coupon: never ends"),
        pytest.param(prepaid, "refund", lambda paid, _price, _units: paid, id="pack: drunk units cost nothing"),
        pytest.param(Vouchers, "_release", _forgets, id="voucher: what a sale takes stays held"),
        pytest.param(Vouchers, "end", _forgets, id="voucher: never ends"),
    ],
)
async def test_a_planted_bug_in_what_is_held_is_found(
    purse: Purse, monkeypatch: pytest.MonkeyPatch, where: Any, what: str, bug: Any
) -> None:
    monkeypatch.setattr(where, what, bug)
    with pytest.raises((AssertionError, Fault)):
        await walk(purse, STORY)


async def test_the_story_that_finds_them_is_true(purse: Purse) -> None:
    await walk(purse, STORY)
    await purse.proved()


async def _none() -> list[Any]:
    return []
