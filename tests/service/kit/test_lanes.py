"""Facts from devices against a model: contiguous, replayed, conflicting and missing ones."""

import asyncio
import uuid
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import lanes
from kit.errors import Code, Fault
from kit.lanes import Accepted
from kit.postgres import Database
from tests.harness.databases import Databases
from tests.service.kit.rig import eventually


@pytest.fixture(scope="module")
async def db(module_databases: Databases) -> Database:
    return await module_databases.open("order")


@dataclass
class Model:
    """What a lane must do, in a dictionary."""

    stored: dict[int, bytes] = field(default_factory=dict)
    conflicts: set[tuple[int, bytes]] = field(default_factory=set)

    def accept(self, first: int, hashes: list[bytes]) -> Accepted:
        head = len(self.stored)
        if first > head + 1:
            return Accepted(durable_ack=head, resend_from=head + 1)
        fresh, conflicts = [], []
        for index, value in enumerate(hashes):
            sequence = first + index
            if sequence not in self.stored:
                self.stored[sequence] = value
                fresh.append(index)
            elif self.stored[sequence] != value:
                self.conflicts.add((sequence, value))
                conflicts.append(index)
        return Accepted(fresh, len(self.stored), None, conflicts)


frames = st.lists(
    st.tuples(st.integers(1, 12), st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=6)), min_size=1, max_size=12
)


@given(frames)
async def test_any_frames_in_any_order_do_what_the_model_does(
    db: Database, sent: list[tuple[int, list[bytes]]]
) -> None:
    source, model = str(uuid.uuid4()), Model()
    for first, hashes in sent:
        async with db.transaction() as tx:
            accepted = await lanes.accept(tx, source, "SALES", first, hashes)
        assert accepted == model.accept(first, hashes)
    async with db.read() as tx:
        facts = await tx.fetch("SELECT sequence, hash FROM lane_facts WHERE source = $1", source)
        conflicts = await tx.fetch("SELECT sequence, hash FROM lane_conflicts WHERE source = $1", source)
        head = await lanes.durable_ack(tx, source, "SALES")
    assert {row["sequence"]: row["hash"] for row in facts} == model.stored
    assert {(row["sequence"], row["hash"]) for row in conflicts} == model.conflicts
    assert sorted(model.stored) == list(range(1, head + 1))


async def test_lanes_and_sources_do_not_touch_each_other(db: Database) -> None:
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    for source, lane in ((one, "SALES"), (one, "STOCK"), (other, "SALES")):
        async with db.transaction() as tx:
            assert (await lanes.accept(tx, source, lane, 1, [lane.encode(), b"2"])).durable_ack == 2


async def test_a_conflict_is_kept_aside_with_what_was_sent_and_the_first_stays(db: Database) -> None:
    source = str(uuid.uuid4())
    async with db.transaction() as tx:
        await lanes.accept(tx, source, "SALES", 1, [b"h1", b"h2"], [b"one", b"two"])
    async with db.transaction() as tx:
        accepted = await lanes.accept(tx, source, "SALES", 2, [b"other", b"h3"], [b"zwei", b"three"])
    assert accepted == Accepted(fresh=[1], durable_ack=3, conflicts=[0])
    async with db.read() as tx:
        row = await tx.fetchrow("SELECT sequence, hash, payload FROM lane_conflicts WHERE source = $1", source)
        kept = await tx.fetchval("SELECT hash FROM lane_facts WHERE source = $1 AND sequence = 2", source)
    assert row is not None
    assert (row["sequence"], row["hash"], row["payload"]) == (2, b"other", b"zwei")
    assert kept == b"h2"


async def test_a_frame_that_is_rolled_back_was_never_there(db: Database) -> None:
    source = str(uuid.uuid4())
    with pytest.raises(ZeroDivisionError):
        await _accept_and_fail(db, source)
    async with db.transaction() as tx:
        assert await lanes.durable_ack(tx, source, "SALES") == 0
        assert (await lanes.accept(tx, source, "SALES", 1, [b"b"])).fresh == [0]


async def test_the_same_frame_sent_again_while_the_first_is_being_taken_is_fresh_once(db: Database) -> None:
    source, frame = str(uuid.uuid4()), [bytes([index]) for index in range(50)]
    async with db.transaction() as tx:
        await lanes.accept(tx, source, "SALES", 1, [b"first"])

    async def send_again() -> Accepted:
        async with db.transaction() as tx:
            return await lanes.accept(tx, source, "SALES", 2, frame)

    async with db.transaction() as tx:
        taken = await lanes.accept(tx, source, "SALES", 2, frame)
        again = asyncio.create_task(send_again())
        await eventually(lambda: _somebody_waits(db))
    assert taken == Accepted(list(range(50)), 51)
    assert await again == Accepted([], 51)


async def test_a_sequence_below_one_is_refused(db: Database) -> None:
    with pytest.raises(Fault) as refused:
        async with db.transaction() as tx:
            await lanes.accept(tx, "t", "SALES", 0, [b"x"])
    assert refused.value.code is Code.INVALID_ARGUMENT
    assert refused.value.metadata["field"] == "first_sequence"


async def _accept_and_fail(db: Database, source: str) -> None:
    async with db.transaction() as tx:
        await lanes.accept(tx, source, "SALES", 1, [b"a"])
        _ = 1 / 0


async def _somebody_waits(db: Database) -> bool:
    async with db.read() as tx:
        waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid())"
        return bool(await tx.fetchval(waiting))
