"""Refunds by LINE Pay, which knows no keys of them: given once, also where one takes effect after we have looked."""

from datetime import timedelta

import pytest

from kit.postgres import Database
from services.order.payments import linepay_refunds
from services.order.payments.domain import ProviderAway
from services.order.payments.linepay import LinePay
from services.order.payments.store_notes import Notes
from tests.service.kit.rig import eventually
from tests.service.order.linepay_rig import ask, charge, db, paid, pay, server
from tests.service.order.linepay_server import LinePayServer

__all__ = ["db", "pay", "server"]


async def test_a_refund_that_takes_effect_after_we_looked_is_given_once(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    taken = charge(asked, await paid(server, pay, asked), captured=3000)
    one = server.transactions[int(taken.reference)]
    server.stall = "refund"
    with pytest.raises(ProviderAway, match="TimeoutError"):
        await pay.refund(taken, "r1", 1000, 2)
    for _ in range(2):
        with pytest.raises(ProviderAway, match="may still be given"):
            await pay.refund(taken, "r1", 1000, 5)
    assert (server.calls.count("refund"), one.refunds) == (1, [])
    server.caught_up.set()

    async def effect() -> bool:
        return bool(one.refunds)

    await eventually(effect)
    assert await pay.refund(taken, "r1", 1000, 5) is None
    assert (server.calls.count("refund"), one.refunds) == (1, [1000])


async def test_a_refund_that_never_got_there_is_asked_for_again_when_that_is_sure(
    db: Database, server: LinePayServer, pay: LinePay
) -> None:
    asked = ask()
    taken = charge(asked, await paid(server, pay, asked), captured=3000)
    server.drop = "refund"
    for _ in range(2):
        with pytest.raises(ProviderAway):
            await pay.refund(taken, "r1", 1000, 5)
    assert server.calls.count("refund") == 1
    async with db.read() as tx:
        older = "UPDATE provider_notes SET record_time = record_time - interval '4 minutes' WHERE payment_key = $1"
        await tx.execute(older, taken.key)
    assert await pay.refund(taken, "r1", 1000, 5) is None
    assert server.transactions[int(taken.reference)].refunds == [1000]


async def test_a_refund_whose_asking_nobody_noted_is_waited_for(
    db: Database, server: LinePayServer, pay: LinePay
) -> None:
    """As whoever asked before askings were noted has left it: his turn is all that is known."""
    asked = ask()
    taken = charge(asked, await paid(server, pay, asked), captured=3000)
    await Notes(db, LinePay.name).add(taken.key, "refund:0", "r1|0")
    with pytest.raises(ProviderAway, match="may still be given"):
        await pay.refund(taken, "r1", 1000, 5)
    assert "refund" not in server.calls
    async with db.read() as tx:
        older = "UPDATE provider_notes SET record_time = record_time - interval '4 minutes' WHERE payment_key = $1"
        await tx.execute(older, taken.key)
    assert await pay.refund(taken, "r1", 1000, 5) is None
    assert server.transactions[int(taken.reference)].refunds == [1000]


async def test_a_refund_that_was_clearly_refused_for_our_fault_is_asked_for_again_at_once(
    server: LinePayServer, pay: LinePay
) -> None:
    asked = ask()
    taken = charge(asked, await paid(server, pay, asked), captured=3000)
    for code in ("1104", "1106"):
        server.says["refund"] = code
        with pytest.raises(ProviderAway, match=code):
            await pay.refund(taken, "r1", 1000, 5)
    server.says.clear()
    assert await pay.refund(taken, "r1", 1000, 5) is None
    assert server.transactions[int(taken.reference)].refunds == [1000]


async def test_a_no_to_what_was_given_before_is_no_refusal(
    server: LinePayServer, pay: LinePay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a payment, twice asked for and once given: the second is refused because of the first."""
    asked = ask()
    taken = charge(asked, await paid(server, pay, asked), captured=3000)
    server.stall = "refund"
    with pytest.raises(ProviderAway):
        await pay.refund(taken, "r1", 3000, 2)
    monkeypatch.setattr(linepay_refunds, "_SETTLED", timedelta())
    assert await pay.refund(taken, "r1", 3000, 5) is None
    assert server.transactions[int(taken.reference)].refunds == [3000]
