"""LINE Pay by its published API, against a server that checks signatures and replays what is documented."""

import asyncio
from datetime import UTC, datetime

import pytest

from kit.postgres import Database
from services.order.payments.domain import (
    Authorised,
    Declined,
    ProviderAway,
    Redirect,
    SignatureInvalid,
    Wait,
)
from services.order.payments.linepay import LinePay
from services.order.payments.store_notes import Notes
from tests.service.order.linepay_rig import ask, charge, db, paid, pay, server
from tests.service.order.linepay_server import CHANNEL, SECRET, LinePayServer

__all__ = ["db", "pay", "server"]


async def test_the_shopper_agrees_and_we_confirm_once(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    sent = await pay.authorise(asked, 5)
    assert isinstance(sent, Redirect)
    assert sent.url.startswith("https://sandbox-web-pay.line.me/")
    assert await pay.authorise(asked, 5) == sent
    server.agree(sent.reference)
    for _ in range(2):
        assert await pay.authorise(asked, 5) == Authorised(sent.reference, 3000)
    assert server.calls.count("request") == server.calls.count("confirm") == 1
    (one,) = server.transactions.values()
    assert one.order == f"{asked.order_id}:2-0"
    assert await pay.capture(charge(asked, sent.reference), "f1", 1000, 5) is None


@pytest.mark.parametrize("verb", ["request", "confirm"])
async def test_a_lost_answer_takes_nothing_twice(server: LinePayServer, pay: LinePay, verb: str) -> None:
    asked, reference = ask(), ""
    if verb == "confirm":
        sent = await pay.authorise(asked, 5)
        assert isinstance(sent, Redirect)
        server.agree(reference := sent.reference)
    server.lose = verb
    with pytest.raises(ProviderAway):
        await pay.authorise(asked, 5)
    again = await pay.authorise(asked, 5)
    if verb == "confirm":
        assert again == Authorised(reference, 3000)
        assert server.calls.count("confirm") == 1
    else:  # the first request lapses: nobody was sent to its page, and nobody confirms it
        assert isinstance(again, Redirect)
        assert [one.order[-2:] for one in server.transactions.values()] == ["-0", "-1"]


@pytest.mark.parametrize(
    ("verb", "code", "outcome"),
    [
        ("check", "0121", "cancelled_by_shopper"),
        ("check", "0122", "failed"),
        ("confirm", "1142", "1142"),
        ("confirm", "1153", "1153"),
        ("request", "1124", "1124"),
    ],
    ids=["cancelled", "failed", "low balance", "another amount", "amount"],
)
async def test_a_no_is_a_no(server: LinePayServer, pay: LinePay, verb: str, code: str, outcome: str) -> None:
    asked = ask()
    if verb != "request":
        sent = await pay.authorise(asked, 5)
        assert isinstance(sent, Redirect)
        server.agree(sent.reference)
    server.says[verb] = code
    refused = await pay.authorise(asked, 5)
    assert isinstance(refused, Declined)
    assert refused.code == outcome


@pytest.mark.parametrize("code", ["1104", "1106", "1199", "9000"])
async def test_trouble_is_no_answer(server: LinePayServer, pay: LinePay, code: str) -> None:
    server.says["request"] = code
    with pytest.raises(ProviderAway):
        await pay.authorise(ask(), 5)


async def test_what_is_under_way_is_waited_for(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    sent = await pay.authorise(asked, 5)
    assert isinstance(sent, Redirect)
    server.agree(sent.reference)
    server.says["confirm"] = "1198"
    assert await pay.authorise(asked, 5) == Wait(sent.reference)
    del server.says["confirm"]
    server.pays = 2999
    assert await pay.authorise(asked, 5) == Authorised(sent.reference, 2999)  # the saga knows what to do with that
    assert await pay.authorise(ask(""), 5) == Declined("no_return_url")


async def test_a_void_that_comes_first_stands(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    await pay.void(charge(asked), 5)
    assert await pay.authorise(asked, 5) == Declined("voided")
    other = ask()
    sent = await pay.authorise(other, 5)
    assert isinstance(sent, Redirect)
    await pay.void(charge(other), 5)
    server.agree(sent.reference)
    assert await pay.authorise(other, 5) == Declined("voided", sent.reference)
    assert "confirm" not in server.calls


async def test_what_was_paid_goes_back_but_for_what_was_handed_over(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    reference = await paid(server, pay, asked)
    for _ in range(2):
        await pay.void(charge(asked, reference, captured=1200), 5)
    assert server.transactions[int(reference)].refunds == [1800]


async def test_a_refund_is_given_once_whatever_gets_lost(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    reference = await paid(server, pay, asked)
    taken = charge(asked, reference, captured=3000)
    server.lose = "refund"
    with pytest.raises(ProviderAway):
        await pay.refund(taken, "r1", 1000, 5)
    with pytest.raises(ProviderAway):  # nobody can tell the two apart while the first is open
        await pay.refund(taken, "r2", 1000, 5)
    for key in ("r1", "r1", "r2", "r2"):
        assert await pay.refund(taken, key, 1000, 5) is None
    assert await pay.refund(taken, "r3", 1001, 5) == Declined("1164")
    assert await pay.refund(taken, "r3", 1001, 5) == Declined("1164")
    server.says["refund"] = "9000"
    with pytest.raises(ProviderAway):
        await pay.refund(taken, "r4", 1, 5)
    assert server.transactions[int(reference)].refunds == [1000, 1000]


async def test_a_refund_that_two_ask_for_at_once_is_given_once(server: LinePayServer, pay: LinePay) -> None:
    asked = ask()
    taken = charge(asked, await paid(server, pay, asked), captured=3000)
    said = await asyncio.gather(*(pay.refund(taken, "r1", 1000, 5) for _ in range(4)), return_exceptions=True)
    assert None in said
    assert {type(one) for one in said if one is not None} <= {ProviderAway}
    assert await pay.refund(taken, "r1", 1000, 5) is None
    assert server.transactions[int(taken.reference)].refunds == [1000]


async def test_nobody_without_the_secret_pays(db: Database, server: LinePayServer) -> None:
    stranger = LinePay(CHANNEL, "another secret", server.url, "TWD", Notes(db, "stranger"))
    with pytest.raises(ProviderAway, match="1106"):
        await stranger.authorise(ask(), 5)
    await stranger.close()
    away = LinePay(CHANNEL, SECRET, "http://127.0.0.1:1", "TWD", Notes(db, "away"))
    with pytest.raises(ProviderAway):
        await away.authorise(ask(), 5)
    with pytest.raises(SignatureInvalid):
        away.read(b"{}", {}, datetime.now(UTC))
    await away.close()
