"""A request has its effect once, however often and however many at a time ask for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from kit import access, requests
from kit.errors import Fault
from kit.postgres import Database, Tx
from kit.requests import Request, RequestReused, RequestRunning
from kit.rpc import trailers
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1.money_pb2 import Money
from tests.harness.databases import Databases
from tests.service.kit.rig import effects_table, eventually

RPC = "/omo.order.v1.OrderService/PlaceOrder"


@pytest.fixture
async def pair(databases: Databases) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' pools on one database."""
    address = await databases.address("order")
    await effects_table(address.owner_dsn)
    first, second = await Database.open(address.dsn, 4), await Database.open(address.dsn, 4)
    yield first, second
    await first.close()
    await second.close()


def request(request_id: str = "r-1", fingerprint: bytes = b"f", principal: str = "member:m") -> Request:
    return Request(principal, RPC, request_id, fingerprint)


def effect(minor_units: int = 7, pause: asyncio.Event | None = None) -> Callable[[Tx], Awaitable[Money]]:
    async def work(tx: Tx) -> Money:
        await tx.execute("INSERT INTO effects (order_id) VALUES ('x')")
        if pause:
            await pause.wait()
        return Money(currency_code="TWD", minor_units=minor_units)

    return work


async def effects(db: Database) -> int:
    async with db.read() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM effects"))


async def test_a_hundred_at_once_have_one_effect(pair: tuple[Database, Database]) -> None:
    first, second = pair

    async def ask(db: Database) -> Money | Fault:
        try:
            return await requests.once(db, request(), effect(), Money)
        except Fault as fault:
            return fault

    answers = await asyncio.gather(*(ask(pair[number % 2]) for number in range(100)))
    assert await effects(first) == 1
    given = [answer for answer in answers if isinstance(answer, Money)]
    assert given
    assert all(answer.minor_units == 7 for answer in given)
    refused = {answer.reason for answer in answers if isinstance(answer, Fault)}
    assert refused <= {"REQUEST_RUNNING"}
    assert (await requests.once(second, request(), effect(), Money)).minor_units == 7
    assert await effects(first) == 1


async def test_a_replay_says_the_same_and_says_so(pair: tuple[Database, Database]) -> None:
    db, _ = pair
    said = trailers.begin()
    first = await requests.once(db, request(), effect(7), Money)
    assert said == []
    again = await requests.once(db, request(), effect(8), Money)
    assert again == first
    assert said == [("omo-replayed", "true")]


async def test_the_same_id_with_another_body_is_refused(pair: tuple[Database, Database]) -> None:
    db, _ = pair
    await requests.once(db, request(), effect(), Money)
    with pytest.raises(RequestReused) as refused:
        await requests.once(db, request(fingerprint=b"other"), effect(), Money)
    assert refused.value.metadata["field"] == "request_id"
    assert refused.value.metadata["rule"] == "must be a new one for another body"
    assert await effects(db) == 1


async def test_the_same_id_of_another_principal_or_rpc_is_another_request(pair: tuple[Database, Database]) -> None:
    db, _ = pair
    await requests.once(db, request(), effect(), Money)
    await requests.once(db, request(principal="member:n"), effect(), Money)
    await requests.once(db, Request("member:m", "/other", "r-1", b"f"), effect(), Money)
    assert await effects(db) == 3


async def test_a_refusal_is_not_stored(pair: tuple[Database, Database]) -> None:
    db, _ = pair

    async def refuse(tx: Tx) -> Money:
        await effect()(tx)
        raise Fault("sold out")

    with pytest.raises(Fault, match="sold out"):
        await requests.once(db, request(), refuse, Money)
    assert await effects(db) == 0
    await requests.once(db, request(), effect(), Money)
    assert await effects(db) == 1


async def test_what_was_answered_is_not_looked_at_again(pair: tuple[Database, Database]) -> None:
    """What a look would refuse by now, or count once more, is no matter to whoever asks for the same answer."""
    first, second = pair
    looks: list[str] = []

    async def look() -> None:
        looks.append("looked")
        if len(looks) > 1:
            raise RequestReused("too late by now")

    assert (await requests.once(first, request(), effect(), Money, look=look)).minor_units == 7
    assert (await requests.once(second, request(), effect(), Money, look=look)).minor_units == 7
    assert (looks, await effects(first)) == (["looked"], 1)
    with pytest.raises(RequestReused, match="too late"):
        await requests.once(first, request("r-2"), effect(), Money, look=look)
    assert await effects(first) == 1

    async def overtaken() -> None:
        await requests.once(second, request("r-3"), effect(8), Money)
        raise RequestReused("answered by another process")

    assert (await requests.once(first, request("r-3"), effect(9), Money, look=overtaken)).minor_units == 8


async def test_while_the_first_runs_another_process_is_told_so(pair: tuple[Database, Database]) -> None:
    first, second = pair
    pause = asyncio.Event()
    running = asyncio.create_task(requests.once(first, request(), effect(pause=pause), Money))
    await eventually(lambda: _claimed(second))
    with pytest.raises(RequestRunning):  # same process: at once
        await requests.once(first, request(), effect(), Money)
    with pytest.raises(RequestRunning):  # another one: after the lock timeout
        await requests.once(second, request(), effect(), Money)
    pause.set()
    await running
    assert await effects(first) == 1


async def test_claim_now_and_record_later(pair: tuple[Database, Database]) -> None:
    """A saga answers long after its first transaction."""
    db, _ = pair
    async with db.transaction() as tx:
        assert await requests.claim(tx, request())
    async with db.transaction() as tx:
        assert not await requests.claim(tx, request())
    with pytest.raises(RequestRunning):
        async with db.read() as tx:
            await requests.replay(tx, request())
    async with db.transaction() as tx:
        await requests.record(tx, request(), "o-1", b"answer")
    async with db.read() as tx:
        assert await requests.replay(tx, request()) == b"answer"
        assert await requests.find(tx, request()) == requests.Stored("o-1", b"answer")
    with pytest.raises(RequestRunning):
        async with db.transaction() as tx:
            await requests.record(tx, request(), "o-2", b"another answer")


def test_the_fingerprint_covers_all_but_the_request_id() -> None:
    one = pb.PlaceOrderRequest(request_id="a", member_id="m")
    same = pb.PlaceOrderRequest(request_id="b", member_id="m")
    other = pb.PlaceOrderRequest(request_id="a", member_id="n")
    with access.acting_as(access.Principal(access.Kind.MEMBER, "m")):
        assert Request.of(RPC, one).fingerprint == Request.of(RPC, same).fingerprint
        assert Request.of(RPC, one).fingerprint != Request.of(RPC, other).fingerprint
        assert Request.of(RPC, one).principal == "member:m"
        assert not Request.of(RPC, one).for_ever
        with pytest.raises(Fault, match="request_id"):
            Request.of(RPC, pb.PlaceOrderRequest(member_id="m"))
    with access.acting_as(access.Principal(access.Kind.DEVICE, "t")):
        assert Request.of(RPC, one).for_ever


async def _claimed(db: Database) -> bool:
    """Whether an uncommitted claim is there: its effects hold a lock."""
    async with db.read() as tx:
        locks = (
            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'effects'::regclass AND mode = 'RowExclusiveLock')"
        )
        return bool(await tx.fetchval(locks))
