"""Points on timelines, and the dates of tiers when two members are one and two again."""

from datetime import date, timedelta

import pytest

from kit import access
from services.member.merging.parts import Merge, Parting
from services.member.points import store_told
from services.member.points.joining import PointsPart
from services.member.profile import history
from tests.service.member.points_rig import NOW, ZONE, Book, book, confirmed, handed, hold, new, returned, rich

__all__ = ["book"]

MINE, THEIRS, LATER = date(2020, 2, 29), date(2021, 5, 1), date(2022, 7, 7)


async def told(book: Book, shopper: str) -> list[tuple[str, int, str]]:
    """What a timeline tells of points, oldest first: move, points, order."""
    async with book.db.read() as tx:
        found = await store_told.page(tx, [shopper], history.END, 100)
    return [(one.move, one.points, one.order_id) for one in reversed(found)]


async def test_points_stand_on_the_timeline_once_for_each_order_and_move(book: Book) -> None:
    shopper, order_id, other = new(), new(), new()
    event = confirmed(order_id, shopper, 1000)
    for line_no, method in ((2, 1), (3, 2)):  # goods that leave otherwise are in lots of their own
        line = event.facts.lines.add()
        line.CopyFrom(event.facts.lines[0])
        line.line_no, line.method = line_no, method  # type: ignore[assignment]
    await book.hear(event, handed(order_id))
    book.now = NOW + timedelta(days=8)
    await book.sweep()
    await hold(book, other, shopper, 50)
    spent = confirmed(other, shopper, net=9, spent=50)
    spent.facts.business_time.FromDatetime(book.now)
    await book.hear(spent, spent)
    await book.hear(returned(other, shopper, (1, 0, 0, 9), spent=50, at=book.now + timedelta(hours=1)))
    assert await told(book, shopper) == [
        ("EARN", 300, order_id),
        ("REDEEM", -50, other),
        ("RESTORE_REDEEM", 50, other),
    ]


async def test_lots_that_end_together_are_one_record(book: Book) -> None:
    shopper = await rich(book, 100)
    with access.acting_as(access.Principal(access.Kind.HQ, "u1")):
        async with book.db.transaction() as tx:
            await book.points.adjust(tx, shopper, 30, "goodwill", new())
    book.now = NOW + timedelta(days=400)
    await book.sweep()
    assert (await told(book, shopper))[-1] == ("EXPIRE", -130, "")
    assert len([one for one in await told(book, shopper) if one[0] == "EXPIRE"]) == 1


@pytest.mark.parametrize(
    ("mine", "since", "joined", "parted"),
    [
        (None, None, THEIRS, (None, THEIRS)),
        (MINE, None, MINE, (MINE, THEIRS)),
        (None, LATER, THEIRS, (LATER, THEIRS)),
    ],
    ids=["comes-along", "own-stays", "changed-since"],
)
async def test_the_date_of_a_tier_comes_and_goes_with_a_merge(
    book: Book, mine: date | None, since: date | None, joined: date, parted: tuple[date | None, date]
) -> None:
    survivor, absorbed, part = new(), new(), PointsPart(book.clock, ZONE)
    merge = Merge(new(), survivor, absorbed, NOW)

    async def put(member_id: str, day: date | None) -> None:
        async with book.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO tier_dates SELECT $1, $2 WHERE $2::date IS NOT NULL"
                " ON CONFLICT (member_id) DO UPDATE SET member_date = excluded.member_date",
                member_id,
                day,
            )

    async def dates() -> tuple[date | None, date | None]:
        async with book.db.read() as tx:
            rows = await tx.fetch("SELECT member_id, member_date FROM tier_dates")
        found: dict[str, date] = {row["member_id"]: row["member_date"] for row in rows}
        return found.get(survivor), found.get(absorbed)

    await put(survivor, mine)
    await put(absorbed, THEIRS)
    with access.acting_as(access.service("member")):
        async with book.db.transaction() as tx:
            await part.join(tx, merge)
        assert await dates() == (joined, None)
        await put(survivor, since)
        async with book.db.transaction() as tx:
            await part.part(tx, merge, Parting(NOW, [absorbed]))
    assert await dates() == parted
    assert (await told(book, survivor), await told(book, absorbed)) == ([], [])
