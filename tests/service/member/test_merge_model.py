"""Whatever is merged, undone, earned, held and spent in whatever order: nothing is lost, and everything goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.points import store_joining
from tests.service.member.conftest import Member
from tests.service.member.merge_worlds import PEOPLE, Step, World, merging
from tests.service.member.merging_rig import Desk, desk

KINDS = ("earn", "earn", "hold", "merge", "merge", "undo", "commit", "release", "again")
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, PEOPLE - 1), st.integers(1, 30)), min_size=4, max_size=14
)


async def run(member: Member, at: Desk, steps: list[Step]) -> None:
    world = World(member, merging(member, member.clock))
    await world.begin()
    for step in steps:
        await world.step(*step)
        await world.agree()
    while world.merges:  # and at last all are their own again
        await world.step("undo", 0, 0)
    await world.agree()


@given(steps=STEPS)
async def test_merges_and_their_ends_lose_nothing(member: Member, steps: list[Step]) -> None:
    at = Desk(member, "")
    if not await member.db.pool.fetchval("SELECT EXISTS (SELECT FROM programs)"):
        at = await desk(member)
    await run(member, at, steps)


# two become one; the one who stays sets aside what the other had brought; two again, and the order is let go
BORROWED: list[Step] = [("earn", 1, 20), ("merge", 0, 1), ("hold", 0, 15), ("undo", 0, 0), ("release", 0, 0)]
# a till that knows the old id only: the sale is heard of while the id means somebody else
LATE: list[Step] = [("merge", 0, 1), ("earn", 1, 20), ("undo", 0, 0), ("again", 0, 0), ("hold", 1, 5)]

# what the search has found: an order that one id's was while it meant another, who was merged himself afterwards
FOUND: list[Step] = [("merge", 1, 3), ("earn", 3, 1), ("undo", 0, 1), ("merge", 0, 1), ("merge", 0, 3)]
# and one of the arithmetic here: two orders that hold parts of one lot, of the same size
TWINS: list[Step] = [("earn", 3, 2), ("merge", 0, 3), ("hold", 0, 1), ("hold", 0, 1), ("undo", 0, 1), ("release", 0, 1)]


@pytest.mark.parametrize("bug", ["nothing stays behind", "nobody remembers who was named", None])
async def test_a_planted_bug_is_found(member: Member, monkeypatch: pytest.MonkeyPatch, bug: str | None) -> None:
    at = await desk(member)

    async def nothing(*_: object) -> list[object]:
        return []

    if bug == "nothing stays behind":
        monkeypatch.setattr(store_joining, "staying", nothing)
    elif bug:
        monkeypatch.setattr(store_joining, "name", nothing)
    found = []
    for steps in (BORROWED, LATE, FOUND, TWINS):
        try:
            await run(member, at, steps)
            await at.proved()
        except Exception as error:  # whatever it is, it was noticed
            found.append(error)
    assert bool(found) == (bug is not None)
