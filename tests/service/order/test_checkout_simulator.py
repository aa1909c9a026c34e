"""The payment simulator keeps its word: over a restart, to whoever asks twice, and to shops that do not listen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from kit.ids import uuid7
from services.order.payments.domain import (
    Ask,
    Authorised,
    Charge,
    Declined,
    Outcome,
    ProviderAway,
    Redirect,
    Wait,
    money,
)
from services.order.payments.simulator import Simulator
from simulators.payment.notices import Teller
from simulators.payment.store import Book
from simulators.payment.web import Door
from tests.service.order.rig import eventually

SECRET = "a secret of two parties"


@asynccontextmanager
async def provider(file: Path, hook: str = "", slow: float = 0.0) -> AsyncIterator[tuple[Simulator, Book]]:
    book = Book(file)
    teller = Teller(book, hook, SECRET)
    door = Door("127.0.0.1:0", "", slow, book, teller)
    client = Simulator(f"http://{await door.start()}", SECRET)
    telling = asyncio.create_task(teller.run())
    try:
        yield client, book
    finally:
        teller.stop()
        await telling
        await door.stop()
        await client.close()
        book.close()


def ask(order_id: str, instrument: str, amount: int = 100) -> Ask:
    return Ask(order_id, amount, "TWD", instrument, "")


def charge(order_id: str) -> Charge:
    return Charge(order_id, 1, "simulator", 100, money(()))


@pytest.mark.parametrize(
    ("instrument", "kind"),
    [
        ("sim_ok", Authorised),
        ("sim_decline", Declined),
        ("sim_redirect", Redirect),
        ("sim_never", Wait),
        ("4111111111111111", Declined),
    ],
)
async def test_a_restart_remembers_what_was_answered(
    tmp_path: Path, instrument: str, kind: Callable[..., Outcome]
) -> None:
    order_id, answers = uuid7(), []
    for _ in range(2):
        async with provider(tmp_path / "book") as (simulator, _):
            answers.append(await simulator.authorise(ask(order_id, instrument), 5))
    first, second = answers
    assert isinstance(first, kind)  # type: ignore[arg-type]
    assert first.reference == second.reference


async def test_a_slow_payment_is_settled_after_a_restart(tmp_path: Path) -> None:
    order_id = uuid7()
    async with provider(tmp_path / "book", slow=30) as (simulator, _):
        with pytest.raises(ProviderAway):
            await simulator.authorise(ask(order_id, "sim_slow"), 2)
        assert isinstance(await simulator.authorise(ask(order_id, "sim_slow"), 5), Wait)
    async with provider(tmp_path / "book") as (simulator, _):

        async def settled() -> bool:
            return isinstance(await simulator.authorise(ask(order_id, "sim_slow"), 5), Authorised)

        await eventually(settled)


async def test_a_void_that_comes_first_stands(tmp_path: Path) -> None:
    order_id = uuid7()
    async with provider(tmp_path / "book") as (simulator, _):
        await simulator.void(charge(order_id), 5)
        late = await simulator.authorise(ask(order_id, "sim_ok"), 5)
        assert late == Declined("voided", late.reference)


async def test_money_is_taken_and_given_once_for_each_key(tmp_path: Path) -> None:
    order_id = uuid7()
    async with provider(tmp_path / "book") as (simulator, book):
        assert await simulator.capture(charge(order_id), "a", 10, 5) == Declined("not_authorised")
        await simulator.authorise(ask(order_id, "sim_ok"), 5)
        for _ in range(2):
            assert await simulator.capture(charge(order_id), "a", 60, 5) is None
        assert await simulator.capture(charge(order_id), "b", 60, 5) == Declined("more_than_authorised")
        for _ in range(2):
            assert await simulator.refund(charge(order_id), "r", 60, 5) is None
        assert await simulator.refund(charge(order_id), "s", 1, 5) == Declined("more_than_captured")
        assert (book.total(order_id, "capture"), book.total(order_id, "refund")) == (60, 60)
        changed = await simulator.authorise(ask(order_id, "sim_ok", 999), 5)
        assert changed == Declined("another_amount")


@pytest.mark.parametrize(
    ("instrument", "kind", "given"), [("sim_slow_refund", "REFUNDED", 60), ("sim_failed_refund", "REFUND_FAILED", 0)]
)
async def test_a_refund_that_takes_its_time_is_told_after_a_restart(
    tmp_path: Path, instrument: str, kind: str, given: int
) -> None:
    order_id = uuid7()
    async with provider(tmp_path / "book", slow=30) as (simulator, _):
        await simulator.authorise(ask(order_id, instrument), 5)
        assert await simulator.capture(charge(order_id), "a", 60, 5) is None
        for _ in range(2):
            assert await simulator.refund(charge(order_id), "r", 60, 5) == Wait("r")
        assert await simulator.refund(charge(order_id), "s", 1, 5) == Declined("more_than_captured")
    async with provider(tmp_path / "book") as (simulator, book):

        async def told() -> list[tuple[str, str, int]]:
            return [(one.kind, one.part, one.amount) for one in book.untold()]

        assert await eventually(told) == [(kind, "r", 60)]
        assert book.total(order_id, "refund") == given
        assert await simulator.refund(charge(order_id), "r", 60, 5) == (
            None if given else Declined("instrument_closed")
        )


async def test_faults_come_when_they_are_wanted(tmp_path: Path) -> None:
    async with provider(tmp_path / "book") as (simulator, _):
        more, later, kept = uuid7(), uuid7(), uuid7()
        secured = await simulator.authorise(ask(more, "sim_other_amount"), 5)
        assert isinstance(secured, Authorised)
        assert secured.amount == 101
        await simulator.authorise(ask(later, "sim_capture_later"), 5)
        for key, answer in (("a", Declined("try_again_later")), ("a", Declined("try_again_later")), ("b", None)):
            assert await simulator.capture(charge(later), key, 60, 5) == answer
        await simulator.authorise(ask(kept, "sim_no_refund"), 5)
        assert await simulator.capture(charge(kept), "a", 60, 5) is None
        assert await simulator.refund(charge(kept), "r", 60, 5) == Declined("instrument_closed")


async def test_a_shop_is_told_until_it_listens(tmp_path: Path) -> None:
    heard: list[bytes] = []
    statuses = iter([503, 500, 404])

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.Response(status=next(statuses, 204))

    app = web.Application()
    app.router.add_post("/hook", hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = "http://{}:{}/hook".format(*runner.addresses[0][:2])
    async with provider(tmp_path / "book", hook) as (simulator, book):
        sent = await simulator.authorise(ask(uuid7(), "sim_redirect"), 5)
        assert isinstance(sent, Redirect)
        async with aiohttp.ClientSession() as shopper:
            for _ in range(2):
                await (await shopper.get(sent.url)).read()

        async def quiet() -> bool:
            return not book.untold()

        await eventually(quiet)
    await runner.cleanup()
    assert len(heard) == 4
    assert len(set(heard)) == 1


async def test_nobody_there_is_no_answer() -> None:
    simulator = Simulator("http://127.0.0.1:1", SECRET)
    with pytest.raises(ProviderAway):
        await simulator.authorise(ask(uuid7(), "sim_ok"), 1)
    await simulator.close()
