"""Wish lists: what is noted with a wish is read by those who may, and by nobody who has only the database."""

import uuid

import pytest

from kit.ids import uuid7
from omo.member.v1.member_events_pb2 import WishChanged
from tests.service.member.conftest import Member
from tests.service.member.events import events
from tests.service.member.facts import enrolled, send, wish
from tests.service.member.profile_rig import add, listed, remove, with_sku


async def test_a_note_is_read_by_staff_and_answered_again(member: Member) -> None:
    adviser = await member.adviser()
    shopper = (await member.enrol(adviser, phone="0912345678")).member_id
    await with_sku(member, "SCARF")
    key = str(uuid.uuid4())
    first = await add(member, adviser, shopper, "SCARF", "for his daughter", key)
    assert first.note == "for his daughter"
    assert await add(member, adviser, shopper, "SCARF", "for his daughter", key) == first
    assert (await add(member, adviser, shopper, "SCARF", "for himself")).note == "for his daughter", "it stays"
    assert await listed(member, adviser, shopper) == {"SCARF": "for his daughter"}


async def test_the_notes_of_an_absorbed_id_open_under_the_member_whom_it_means(member: Member) -> None:
    adviser = await member.adviser()
    known = (await member.enrol(adviser, phone="0912345678")).member_id
    made = uuid7()
    await send(
        member,
        wish(member, made, "SCARF", note="for his daughter"),
        wish(member, made, "HAT"),
        enrolled(member, made, phone="0912345678"),
    )
    expected = {"SCARF": "for his daughter", "HAT": ""}
    assert await listed(member, adviser, known) == expected
    assert await listed(member, adviser, made) == expected, "his older id means him"
    async with member.db.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM wishes WHERE member_id = $1", made) == 0
        await tx.execute("DELETE FROM member_keys WHERE member_id = $1", made)
    assert await listed(member, adviser, known) == expected, "nothing needs the absorbed id's key any more"


@pytest.mark.parametrize("heard_first", ["wish", "merger"])
async def test_a_wish_comes_along_although_the_member_once_took_the_same_off(member: Member, heard_first: str) -> None:
    """Whether a till's wish is heard before its member is known or after: the list is the same."""
    adviser = await member.adviser()
    known = (await member.enrol(adviser, phone="0912345678")).member_id
    await with_sku(member, "SCARF", "HAT")
    await add(member, adviser, known, "HAT", "the red one")
    for sku in ("SCARF", "HAT"):
        await add(member, adviser, known, sku)
        await remove(member, adviser, known, sku)
    await add(member, adviser, known, "HAT", "after all")
    made = uuid7()
    facts = [wish(member, made, "SCARF", note="for his daughter"), wish(member, made, "HAT", note="too late")]
    who = enrolled(member, made, phone="0912345678")
    frames = [facts, [who]] if heard_first == "wish" else [[who], facts]
    await send(member, *frames[0])
    await send(member, *frames[1], first=1 + len(frames[0]))
    assert await listed(member, adviser, known) == {"SCARF": "for his daughter", "HAT": "after all"}
    told = [event for event in await events(member.db, WishChanged) if event.wish.member_id == known]
    last = {event.wish.sku: event.removed for event in sorted(told, key=lambda event: event.meta.sequence)}
    assert last == {"SCARF": False, "HAT": False}, "and everybody was told"


async def test_notes_from_before_they_were_sealed_are_sealed_when_the_service_starts(member: Member) -> None:
    adviser = await member.adviser()
    shopper = (await member.enrol(adviser, phone="0912345678")).member_id
    skus = [f"SKU-{number}" for number in range(450)]
    async with member.db.transaction() as tx:
        await tx.executemany(
            "INSERT INTO wishes (member_id, sku, add_time, staff_code, location_id, note)"
            " VALUES ($1, $2, $3, 'A102', 'TPE01', $4)",
            [(shopper, sku, member.clock(), f"note of {sku}") for sku in skus],
        )
    assert await member.parts.profile.profile.seal_clear(member.db) == 450
    assert await member.parts.profile.profile.seal_clear(member.db) == 0
    async with member.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM wishes WHERE note <> '' OR note_sealed IS NULL") == 0
    assert await listed(member, adviser, shopper) == {sku: f"note of {sku}" for sku in skus}
