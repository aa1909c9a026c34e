"""What the tests of LINE Pay share: its server, our side of it, payments as the shop asks for them."""

from collections.abc import AsyncIterator

import pytest_asyncio

from kit.ids import uuid7
from kit.postgres import Database
from services.order.payments.domain import Ask, Authorised, Charge, Money, Redirect
from services.order.payments.linepay import LinePay
from services.order.payments.store_notes import Notes
from tests.harness.databases import Databases
from tests.service.order.linepay_server import CHANNEL, SECRET, LinePayServer


@pytest_asyncio.fixture(scope="module")
async def db(module_databases: Databases) -> Database:
    return await module_databases.open("order", 2)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[LinePayServer]:
    running = LinePayServer()
    await running.start()
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def pay(db: Database, server: LinePayServer) -> AsyncIterator[LinePay]:
    provider = LinePay(CHANNEL, SECRET, server.url, "TWD", Notes(db, LinePay.name))
    yield provider
    await provider.close()


def ask(url: str = "https://shop.example/back") -> Ask:
    return Ask(uuid7(), 3000, "TWD", "line", url, 2)


def charge(asked: Ask, reference: str = "", captured: int = 0) -> Charge:
    return Charge(asked.order_id, 2, "linepay", asked.amount, Money(3000, captured, 0, False, None, reference))


async def paid(server: LinePayServer, pay: LinePay, asked: Ask) -> str:
    sent = await pay.authorise(asked, 5)
    assert isinstance(sent, Redirect)
    server.agree(sent.reference)
    assert await pay.authorise(asked, 5) == Authorised(sent.reference, 3000)
    return sent.reference
