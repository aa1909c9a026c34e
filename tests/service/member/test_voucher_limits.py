"""What a terminal may hold of a member's is the brand's to say."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kit.errors import Fault
from services.member.value.domain import Kind
from services.member.vouchers.domain import Limits, VoucherLimit
from tests.service.member.value_rig import Purse, purse

__all__ = ["purse"]


async def put(purse: Purse, **changed: Any) -> Limits:
    async with purse.acting() as tx:
        return await purse.vouchers.put_limits(tx, replace(Limits(), **changed))  # type: ignore[no-any-return]


async def issue(purse: Purse, shopper: str, amount: int, terminal: str = "till 1") -> Any:
    async with purse.acting() as tx:
        return await purse.vouchers.issue(tx, shopper, terminal, Kind.CREDIT, amount)


async def test_limits_are_the_brands_and_have_versions(purse: Purse) -> None:
    shopper, other = await purse.member(), await purse.member()
    for one in (shopper, other):
        await purse.credit(one, 1000)
    with pytest.raises(VoucherLimit) as refused:
        await issue(purse, shopper, 301)
    assert refused.value.metadata["most"] == "300", "as long as the brand says nothing"
    assert (await issue(purse, shopper, 300)).limits_version == 0
    versions = [(await put(purse, credit=500, hours=48, grace_hours=1)).version, (await put(purse, credit=400)).version]
    assert versions == [1, 2]
    with pytest.raises(VoucherLimit):
        await issue(purse, other, 401)
    await put(purse, credit=500, hours=48, grace_hours=1)
    out = await issue(purse, other, 500)
    assert (out.limits_version, out.expire_time) == (3, purse.now + timedelta(hours=48))
    async with purse.db.read() as tx:
        due = await tx.fetchval("SELECT due_time FROM timers WHERE key = $1", out.voucher_id)
    assert due == purse.now + timedelta(hours=49)
    with pytest.raises(Exception, match="permission denied"):
        async with purse.db.transaction() as tx:
            await tx.execute("UPDATE voucher_limits SET credit = 9")
    await purse.proved()


async def test_so_many_and_no_more_are_out_at_a_terminal(purse: Purse) -> None:
    shoppers = [await purse.member() for _ in range(6)]
    for one in shoppers:
        await purse.credit(one, 100)
    await put(purse, at_terminal=2)
    tries = await asyncio.gather(*(issue(purse, one, 50) for one in shoppers), return_exceptions=True)
    refused = [one for one in tries if isinstance(one, BaseException)]
    assert len(refused) == 4
    assert all(isinstance(one, VoucherLimit) for one in refused)
    await issue(purse, shoppers[0], 20, "till 2")


@pytest.mark.parametrize(
    ("field", "value"),
    [("points", -1), ("credit", 1_000_000_001), ("hours", 0), ("hours", 169), ("grace_hours", -1), ("at_terminal", -1)],
)
def test_limits_that_make_no_sense_are_refused(field: str, value: int) -> None:
    with pytest.raises(Fault) as refused:
        replace(Limits(), **{field: value})
    assert refused.value.metadata["field"] == f"limits.{field}"
