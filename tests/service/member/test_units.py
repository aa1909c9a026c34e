"""Orders that leave in parts or are partly given up: what they earned, what was spent on them, and the tier."""

import asyncio
from datetime import timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omo.member.v1 import points_service_pb2 as pb
from omo.type.v1 import unit_pb2
from services.member.points import domain, reading, store, wire
from services.member.points.domain import HandedRun
from services.member.points.reactions import PointsReactions
from tests.service.member.points_rig import NOW, Book, book, cancelled, merge, new, sold, waiting
from tests.service.member.unit_programs import GIVEN_UP, HANDED, PROGRAMS, PURSE, Program, Sold

__all__ = ["book"]


def three(spent: int = 0, base: int = 1000, fates: tuple[str, ...] = (GIVEN_UP, HANDED, HANDED)) -> Program:
    """Three of one good at one place."""
    return Program([Sold(base, "TPE01", fates, (True,) * len(fates))], spent, ended=False)


async def later(book: Book, days: int) -> None:
    book.now = NOW + timedelta(days=days)
    await book.sweep()


@given(program=PROGRAMS, data=st.data())
async def test_whatever_comes_first_the_end_is_the_rules(book: Book, program: Program, data: st.DataObject) -> None:
    book.now = NOW
    await program.begin(book)
    news = program.news()
    again = data.draw(st.lists(st.sampled_from(range(len(news))), max_size=3))
    arriving = data.draw(st.permutations([*range(len(news)), *again]))
    while arriving:
        batch = data.draw(st.integers(1, 3))
        heard, arriving = arriving[:batch], arriving[batch:]
        await book.hear(*(news[number] for number in heard))
    await later(book, 9)
    await program.judge(book)
    await book.proved()


def _by_unit(points: int, base: int, given_up: int) -> int:
    return -(-points * given_up // base) if base else 0


def _whole_line(event: object) -> list[HandedRun]:
    return [HandedRun(run.order_id, run.line_no, 0, 99, run.moment) for run in _handed(event)]  # type: ignore[arg-type]


_handed = wire.handed_over


@pytest.mark.parametrize("bug", [None, "rounds up", "lines whole"])
async def test_a_planted_bug_is_found(book: Book, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    program = three(fates=(GIVEN_UP, HANDED, "open"))
    await program.begin(book)
    if bug == "rounds up":
        monkeypatch.setattr(domain, "taken_back", _by_unit)
    elif bug == "lines whole":
        monkeypatch.setattr(wire, "handed_over", _whole_line)
    await book.hear(*program.news())
    await later(book, 9)
    if bug is None:
        await program.judge(book)
    else:
        with pytest.raises(AssertionError):
            await program.judge(book)


async def test_a_line_that_leaves_in_parts_waits_for_its_last_unit(book: Book) -> None:
    program = three(fates=(HANDED,) * 3)
    await program.begin(book)
    await book.hear(program.news()[0], program.handed(1, 0, 0))
    await later(book, 9)
    assert await book.balance(program.shopper) == (100, PURSE, 0, 0, 0), "two of three are still on their way"
    await book.hear(program.handed(1, 1, 2, days=9))
    await later(book, 16)
    assert await book.balance(program.shopper) == (100, PURSE, 0, 0, 0), "the week begins with the last one"
    await later(book, 17)
    assert await book.balance(program.shopper) == (0, PURSE + 100, 0, 0, 0)


async def test_what_nobody_hands_over_keeps_nothing_waiting(book: Book) -> None:
    lines = [Sold(1000, "TPE01", (HANDED,), (True,)), Sold(500, "TPE01", (GIVEN_UP,), (True,))]
    program = Program(lines, 0, ended=False)
    await program.begin(book)
    await book.hear(*program.news())
    await later(book, 9)
    assert await book.balance(program.shopper) == (0, PURSE + 100, 0, 0, 0)
    await book.proved()


async def test_units_given_up_one_by_one_take_exactly_all(book: Book) -> None:
    program = three(base=1005, spent=10, fates=(GIVEN_UP,) * 3)
    await program.begin(book)
    taken = []
    for event in program.news():
        await book.hear(event)
        taken.append(await book.balance(program.shopper))
    assert taken == [(100, 990, 0, 10, 0), (67, 993, 0, 7, 0), (34, 996, 0, 4, 0), (0, PURSE, 0, 0, 0)]
    assert await book.spend(program.shopper) == 0
    await book.proved()


async def test_an_order_that_ends_later_gives_back_only_the_rest(book: Book) -> None:
    program = three(spent=10)
    await program.begin(book)
    ordered, given_up, *_ = program.news()[0], program.given_up(1, 0, 0)
    await book.hear(ordered, given_up)
    await book.hear(cancelled(program.order_id, program.shopper))
    await book.hear(program.given_up(1, 1, 1, 1), given_up)
    assert await book.balance(program.shopper) == (0, PURSE, 0, 0, 0)
    await book.proved()


async def test_spent_on_nothing_held_the_debt_falls(book: Book) -> None:
    program = three(spent=9)
    program.shopper = new()
    await book.hear(program.given_up(1, 0, 0), program.news()[0])
    assert await book.balance(program.shopper) == (67, 0, 0, 6, 6)
    await book.proved()


async def test_points_go_back_to_the_lot_that_was_taken_last(book: Book) -> None:
    assert domain.give_back([("soon", 5), ("late", 5)], 0, 3) == [("late", 3)]
    assert domain.give_back([("soon", 5), ("late", 5)], 3, 4) == [("late", 2), ("soon", 2)]


async def test_a_tier_goes_with_the_goods_that_had_raised_it(book: Book) -> None:
    program = three(base=12_000)
    await program.begin(book)
    await book.hear(program.news()[0])
    async with book.db.read() as tx:
        assert (await store.balance(tx, program.shopper)).tier == "silver"
    await book.hear(program.given_up(1, 0, 0))
    async with book.db.read() as tx:
        assert (await store.balance(tx, program.shopper)).tier == "basic"
        told = "SELECT count(*) FROM outbox WHERE subject LIKE '%MemberStandingChanged%'"
        assert await tx.fetchval(told) == 2


async def test_a_tier_that_other_goods_had_raised_stays(book: Book) -> None:
    program = three(base=12_000)
    await program.begin(book)
    await book.hear(program.news()[0], sold(new(), program.shopper, 30_000))
    await book.hear(program.given_up(1, 0, 0))
    async with book.db.transaction() as tx:
        assert (await store.balance(tx, program.shopper)).tier == "gold"
        await tx.execute("UPDATE qualifying_spend SET amount = 20000 WHERE amount = 30000")
    await book.hear(program.given_up(1, 1, 1), cancelled(program.order_id, program.shopper))
    async with book.db.read() as tx:
        assert (await store.balance(tx, program.shopper)).tier == "gold", "it was not for these goods before either"


async def test_a_cancellation_of_units_waits_for_a_confirmation_at_work(book: Book) -> None:
    """Two processes hear one order's news at the same time: neither may overlook the other."""
    program = three()
    await program.begin(book)
    async with book.db.transaction() as tx:
        await PointsReactions(book.points, book.wallet).on_orders_confirmed(tx, [program.news()[0]])
        hearing = asyncio.create_task(book.hear(program.given_up(1, 0, 0), program.handed(1, 1, 2)))
        await waiting(book, hearing)
    await hearing
    await later(book, 9)
    await program.judge(book)
    await book.proved()


async def test_an_absorbed_ids_units_are_the_members(book: Book) -> None:
    program, shopper = three(spent=9), new()
    await program.begin(book)
    await book.hear(program.news()[0])
    await merge(book, program.shopper, shopper)
    await book.hear(program.given_up(1, 0, 0))
    assert await book.balance(shopper) == (67, PURSE - 6, 0, 6, 0)
    assert await book.spend(shopper) == 672
    await book.proved()


async def test_any_unit_of_an_older_lot_stands_for_its_line(book: Book) -> None:
    """How many units it had was not kept before lines could leave in parts."""
    program = three(fates=(HANDED,) * 3)
    await program.begin(book)
    await book.hear(program.news()[0])
    async with book.db.transaction() as tx:
        await tx.execute("UPDATE points_lots SET line_units = '{}' WHERE order_id = $1", program.order_id)
    await book.hear(program.handed(1, 0, 0))
    await later(book, 9)
    assert await book.balance(program.shopper) == (0, PURSE + 100, 0, 0, 0)


async def test_older_rows_come_along(book: Book) -> None:
    """What stood before units were told apart: lines handed over whole, lots that knew no base, orders that ended."""
    left, waiting, over = three(fates=(HANDED,) * 3), three(), three()
    for program in (left, waiting, over):
        await program.begin(book)
        await book.hear(program.news()[0])
    await book.hear(cancelled(over.order_id, over.shopper))
    migration = (resources.files("services.member") / "migrations/0153_follow_units.sql").read_text()
    lines = "\n".join(line for line in migration.splitlines() if not line.startswith("--"))
    rows = [text for text in map(str.strip, lines.split(";")) if text.startswith(("INSERT", "UPDATE"))]
    assert len(rows) == 3
    async with book.db.transaction() as tx:
        await tx.execute("UPDATE points_lots SET line_units = '{}', line_bases = '{}', taken = 0")
        await tx.execute("INSERT INTO handovers VALUES ($1, 1, $2)", left.order_id, NOW)
        for statement in rows:
            await tx.execute(statement)
    await book.proved()
    await book.hear(left.handed(1, 0, 2), waiting.given_up(1, 0, 0))
    await later(book, 9)
    await left.judge(book)
    assert await book.balance(over.shopper) == (0, PURSE, 0, 0, 0)
    assert sum(await book.balance(waiting.shopper)) == PURSE + 67, "a third of them is gone"
    await book.proved()


async def test_the_passport_says_which_units_were_given_up(book: Book) -> None:
    program = three()
    await program.begin(book)
    await book.hear(program.news()[0], program.given_up(1, 0, 0))
    units = [unit_pb2.UnitRef(order_id=program.order_id, line_no=1, first=one, last=one) for one in (0, 1)]
    async with book.db.read() as tx:
        gone, stands = await reading.units(tx, units)
    assert (gone.state, stands.state) == (pb.POINTS_LOT_STATE_REVERSED, pb.POINTS_LOT_STATE_PENDING)


@pytest.mark.parametrize("drift", ["points_lots", "qualifying_spend"])
async def test_the_checker_notices_units_that_were_not_taken_back(book: Book, drift: str) -> None:
    program = three()
    await program.begin(book)
    await book.hear(program.news()[0], program.given_up(1, 0, 0))
    await book.proved()
    statements = {
        "points_lots": "UPDATE points_lots SET taken = taken - 1 WHERE order_id = $1",
        "qualifying_spend": "UPDATE qualifying_spend SET taken = taken - 1 WHERE order_id = $1",
    }
    async with book.db.transaction() as tx:
        await tx.execute(statements[drift], program.order_id)
    with pytest.raises(AssertionError):
        await book.proved()
