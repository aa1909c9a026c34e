"""A till as a store embeds it, against the door: nothing lost, nothing twice."""

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest

from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink import Hears, JournalInUse, Till
from tests.harness.chaos import ChaosProxy, Mode
from tests.service.storelink.rig import Rig, eventually, sale


async def test_what_was_recorded_without_a_line_arrives_when_there_is_one(rig: Rig, tmp_path: Path) -> None:
    till = rig.till(tmp_path)
    for number in range(1, 121):
        assert till.record_now(sale(number)) == number
    assert till.unacknowledged() == 120
    async with till:
        await till.synced(20)
    assert await rig.lanes.stored("t1") == list(range(1, 121))
    assert rig.lanes.calls["SALES"] == 3


async def test_the_keys_of_members_codes_are_there_when_the_line_is_gone(rig: Rig, tmp_path: Path) -> None:
    async with rig.till(tmp_path) as till:
        await eventually(lambda: till.journal.remembered("member_code_keys") != "")
    offline = rig.till(tmp_path)
    published = await rig.issuer.jwks()
    assert offline.member_codes._jwks == published
    offline.close()


async def test_every_lane_arrives_and_a_second_run_sends_nothing_again(rig: Rig, tmp_path: Path) -> None:
    counted = facts.StockFact(fact_id="f1", counted=facts.StockCounted(sku="COAT", quantity=3))
    wished = facts.PeopleFact(fact_id="f2", wish=facts.WishNoted(member_id="m", sku="COAT"))
    called = facts.AttributionFact(fact_id="f3", touch=facts.TouchNoted(member_id="m", kind="call"))
    async with rig.till(tmp_path) as till:
        for fact in (sale(1), counted, wished, called):
            assert await till.record(fact) == 1
        await till.synced(20)
    calls = dict(rig.lanes.calls)
    assert calls == {"SALES": 1, "STOCK": 1, "PEOPLE": 1, "ATTRIBUTION": 1}
    async with rig.till(tmp_path) as till:
        await eventually(lambda: till.link.connected)
        await till.record(sale(2))
        await till.synced(20)
    assert rig.lanes.calls == calls | {"SALES": 2}
    assert await rig.lanes.stored("t1") == [1, 2]


async def test_streams_cut_at_random_bytes_lose_nothing_and_repeat_nothing(rig: Rig, tmp_path: Path) -> None:
    seed = 20
    proxy = ChaosProxy(rig.address, seed=seed)
    chance = random.Random(seed)
    address = await proxy.start()
    async with rig.till(tmp_path, address=address) as till:
        for number in range(1, 201):
            await till.record(sale(number))
            if number % 20 == 0:
                until = proxy.forwarded + chance.randrange(20, 3000)
                await eventually(partial(_passed, proxy, till, until))
                proxy.become(Mode.CUT)
        await till.synced(40)
        assert till.link.sessions > 3
    await proxy.stop()
    assert await rig.lanes.stored("t1") == list(range(1, 201))
    assert await rig.lanes.conflicts("t1") == []


def _passed(proxy: ChaosProxy, till: Till, until: int) -> bool:
    return proxy.forwarded >= until or not till.unacknowledged()


async def test_a_lost_answer_is_asked_for_again(rig: Rig, tmp_path: Path) -> None:
    """The facts were stored and the ack vanished: only what was under way is sent again, and has its sequence."""
    proxy = ChaosProxy(rig.address)
    async with rig.till(tmp_path, address=await proxy.start()) as till:
        await eventually(lambda: till.link.connected)
        proxy.become(Mode.DROP_RESPONSE)
        await till.record(sale(1))

        async def there() -> bool:
            return await rig.lanes.stored("t1") == [1]

        await eventually(there)
        assert till.unacknowledged() == 1
        proxy.heal()
        await till.synced(20)
    await proxy.stop()
    assert rig.lanes.calls["SALES"] == 2
    assert await rig.lanes.stored("t1") == [1]
    assert await rig.lanes.conflicts("t1") == []


async def test_a_fact_that_cannot_be_read_stops_only_what_is_behind_it_until_it_is_corrected(
    rig: Rig, tmp_path: Path
) -> None:
    told: list[pb.FrameRefused] = []

    async def refused(message: pb.FrameRefused) -> None:
        told.append(message)

    till = rig.till(tmp_path, hears=Hears(refused=refused))
    for number in (1, 2):
        till.record_now(sale(number))
    till.record_now(facts.SaleFact(receipt_no="no id"))
    till.record_now(sale(4))
    async with till:
        await eventually(lambda: bool(told))
        assert await rig.lanes.stored("t1") == [1, 2]
        assert [(each.first_sequence, each.reason) for each in told] == [(3, "FIELD_INVALID")]
        assert till.noted() == {facts.LANE_SALES: {3: "refused FIELD_INVALID facts[0].id: must be a UUID"}}
        await till.record(facts.StockFact(fact_id="f1", counted=facts.StockCounted(sku="COAT", quantity=3)))
        await eventually(lambda: till.journal.head(facts.LANE_STOCK).acked == 1)
        till.correct(sale(3), 3)
        await till.synced(20)
        assert till.noted() == {}
    assert await rig.lanes.stored("t1") == [1, 2, 3, 4]


async def test_a_new_journal_of_a_known_terminal_goes_on_after_what_the_server_has(rig: Rig, tmp_path: Path) -> None:
    async with rig.till(tmp_path / "old") as till:
        for number in (1, 2, 3):
            await till.record(sale(number))
        await till.synced(20)
    replaced = rig.till(tmp_path / "new")
    assert [replaced.record_now(sale(number)) for number in (4, 5)] == [1, 2]
    async with replaced:
        await replaced.synced(20)
        assert replaced.journal.head(facts.LANE_SALES).head == 5
        replaced.journal.verify(facts.LANE_SALES)
    assert await rig.lanes.stored("t1") == [1, 2, 3, 4, 5]
    assert await rig.lanes.conflicts("t1") == []


async def test_a_new_journal_waits_for_an_owner_that_is_away_before_it_numbers(rig: Rig, tmp_path: Path) -> None:
    async with rig.till(tmp_path / "old") as till:
        await till.record(sale(1))
        await till.synced(20)
    rig.lanes.away.add("SALES")
    async with rig.till(tmp_path / "new") as till:
        await till.record(sale(2))
        await eventually(lambda: till.link.connected)
        rig.lanes.away.clear()
        await till.synced(20)
    assert await rig.lanes.stored("t1") == [1, 2]
    assert await rig.lanes.conflicts("t1") == []


async def test_a_server_restored_from_a_backup_gets_the_archive_again(rig: Rig, tmp_path: Path) -> None:
    async with rig.till(tmp_path) as till:
        for number in range(1, 6):
            await till.record(sale(number))
        await till.synced(20)
    async with rig.lanes.db.transaction() as tx:
        await tx.execute("DELETE FROM lane_facts WHERE sequence > 2")
        await tx.execute("UPDATE lane_heads SET durable_ack = 2 WHERE lane = 'SALES'")
    async with rig.till(tmp_path) as till:
        await till.record(sale(6))
        await till.synced(20)
    assert await rig.lanes.stored("t1") == [1, 2, 3, 4, 5, 6]


async def test_a_conflict_is_told_and_kept(rig: Rig, tmp_path: Path) -> None:
    told: list[pb.Conflict] = []

    async def conflict(message: pb.Conflict) -> None:
        told.append(message)

    till = rig.till(tmp_path, hears=Hears(conflict=conflict))
    async with till:
        await till.record(sale(1))
        await till.synced(20)
    stream = rig.stream()
    await stream.hello()
    await stream.sales(2, sale(2, "a clone's"))
    await stream.hear("ack")
    await stream.call.done_writing()
    await stream.end()
    till = rig.till(tmp_path, hears=Hears(conflict=conflict))
    assert till.record_now(sale(2)) == 2
    async with till:
        await eventually(lambda: bool(told) or not till.unacknowledged())
    assert [list(each.sequences) for each in told] == [[2]]
    assert await rig.lanes.conflicts("t1") == [2]


async def test_a_door_that_restarts_is_found_again_and_drain_is_no_failure(rig: Rig, tmp_path: Path) -> None:
    async with rig.till(tmp_path) as till:
        await eventually(lambda: till.link.connected)
        (session,) = rig.storelink.door.sessions()
        await till.record(sale(1))
        drained = asyncio.create_task(session.drain())
        await till.record(sale(2))
        await till.synced(25)
        await drained
        await eventually(session.gone.is_set)
    assert await rig.lanes.stored("t1") == [1, 2]


async def test_two_processes_cannot_hold_one_journal(rig: Rig, tmp_path: Path) -> None:
    first = rig.till(tmp_path)
    with pytest.raises(JournalInUse):
        rig.till(tmp_path)
    first.close()
    rig.till(tmp_path).close()


async def test_a_journal_rolled_back_by_its_disk_repeats_no_number(rig: Rig, tmp_path: Path) -> None:
    till = rig.till(tmp_path)
    till.record_now(sale(1))
    async with till:
        await till.synced(20)
    backup = (tmp_path / "t1" / "journal.sqlite3").read_bytes()
    till = rig.till(tmp_path)
    for number in (2, 3, 4):
        till.record_now(sale(number))
    async with till:
        await till.synced(20)
    for left in (tmp_path / "t1").iterdir():
        left.unlink()
    (tmp_path / "t1" / "journal.sqlite3").write_bytes(backup)
    till = rig.till(tmp_path)
    assert till.record_now(sale(2)) == 2
    async with till:
        await till.synced(20)
        assert await till.record(sale(5)) == 5
        await till.synced(20)
    assert await rig.lanes.stored("t1") == [1, 2, 3, 4, 5]
    assert await rig.lanes.conflicts("t1") == []
