"""Two members who turn out to be one person: everything moves, nothing stands in the way, and all of it can go back."""

import asyncio
from datetime import timedelta

import grpc
import pytest

from omo.member.v1 import access_service_pb2, identity_service_pb2
from omo.member.v1.member_events_pb2 import MemberMerged
from omo.member.v1.merging_events_pb2 import MemberUnmerged
from omo.order.v1.order_events_pb2 import SaleClaimed
from tests.service.member.conftest import Member, refusal
from tests.service.member.events import events
from tests.service.member.merging_rig import Desk, desk, new, sale


async def two(member: Member, at: Desk) -> tuple[str, str]:
    """A card member of the store's, who came first, and one who signs in by telephone."""
    adviser = await member.adviser()
    card = (await member.enrol(adviser, card_no="CARD-7001", display_name="王小明")).member_id
    member.clock.advance(days=1)
    phone = (await member.login("0912345678", name="小明")).member.member_id
    await at.sold(card, 27_000)
    await at.sold(phone, 5_000)
    return card, phone


async def test_merge_and_unmerge_carry_lots_tier_and_identifiers(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    seen = await at.preview(card, phone)
    assert seen == await at.preview(phone, card), "the order of the ids chooses nobody"
    assert (seen.survivor_id, seen.absorbed_id) == (phone, card), "who signs in stays"
    gains = {(gain.kind, gain.label): (gain.count, gain.amount) for gain in seen.gains}
    assert gains["POINTS_ACTIVE", ""] == (1, 2_700)
    assert gains["QUALIFYING_SPEND", ""] == (1, 27_000)
    assert gains["IDENTIFIER", "card"] == (1, 0)
    assert gains["TIER", "silver"] == (1, 0)
    assert [(one.survivor_value, one.absorbed_value) for one in seen.fields] == [("小○", "王○明")]
    done = await at.merge(card, phone)
    assert await at.points(phone) == (0, 3_200, 0, 0, 0)
    assert await at.points(card) == await at.points(phone), "the absorbed id means the survivor"
    assert (await at.standing(phone)).tier == "gold", "32,000 together"
    found = (await member.call(member.identity.FindMember, _find("CARD-7001"), await member.adviser())).member
    assert found.member_id == phone
    await at.proved()
    (told,) = await events(member.db, MemberMerged)
    assert (told.member_id, told.absorbed_member_id, told.merge_id) == (phone, card, done.merge_id)
    await at.undo(done.merge_id)
    assert await at.points(phone) == (0, 500, 0, 0, 0)
    assert await at.points(card) == (0, 2_700, 0, 0, 0)
    assert ((await at.standing(phone)).tier, (await at.standing(card)).tier) == ("basic", "silver")
    found = (await member.call(member.identity.FindMember, _find("CARD-7001"), await member.adviser())).member
    assert (found.member_id, found.display_name) == (card, "王○明")
    (undone,) = await events(member.db, MemberUnmerged)
    assert (undone.merge_id, undone.absorbed_member_id) == (done.merge_id, card)
    await at.proved()


async def test_a_chosen_name_wins_and_goes_with_the_merge(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    done = await at.merge(card, phone, winners=[{"field": "display_name", "member_id": card}])
    assert await _name(member, at, phone) == "王○明"
    await at.undo(done.merge_id)
    assert (await _name(member, at, phone), await _name(member, at, card)) == ("小○", "王○明")
    for winners in ([{"field": "birthday", "member_id": card}], [{"field": "display_name", "member_id": new()}]):
        with pytest.raises(grpc.aio.AioRpcError) as wrong:
            await at.merge(card, phone, winners=winners)
        assert refusal(wrong.value) == "FIELD_INVALID"


async def test_what_is_held_spent_or_owed_stands_in_nobodys_way(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    order_id, owed = new(), new()
    await at.hold(order_id, card, 700)
    await at.hear(sale(owed, card, 0, member.clock(), spent=100))  # nothing was held: a debt
    assert await at.points(card) == (0, 2_000, 700, 100, 100)
    done = await at.merge(card, phone)
    assert await at.points(phone) == (0, 2_500, 700, 100, 100)
    await at.proved()
    await at.hear(sale(order_id, card, 0, member.clock(), spent=700))
    assert await at.points(phone) == (0, 2_500, 0, 800, 100)
    await at.undo(done.merge_id)
    assert await at.points(card) == (0, 2_000, 0, 800, 100), "his order, under way then and paid since"
    assert await at.points(phone) == (0, 500, 0, 0, 0)
    await at.proved()


async def test_what_came_later_stays_unless_it_is_assigned(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    done = await at.merge(card, phone)
    own, assigned, spent, named = await at.sold(phone, 1_000), await at.sold(phone, 3_000), new(), new()
    await at.hold(spent, phone, 2_500)  # what runs out first goes first: his card's older lot
    await at.hear(sale(named, card, 400, member.clock()))  # a till that knew the old id only
    with pytest.raises(grpc.aio.AioRpcError) as strange:
        await at.undo(done.merge_id, [await at.sold(new(), 100)])
    assert refusal(strange.value) == "FIELD_INVALID", "nobody is given what was a third one's"
    await at.undo(done.merge_id, [assigned])
    assert await at.points(card) == (0, 200 + 300 + 40, 0, 0, 0)
    assert await at.points(phone) == (0, 500 + 100, 2_500, 0, 0)
    await at.proved()
    await at.release(spent, phone)
    assert await at.points(phone) == (0, 3_100, 0, 0, 0), "what he had held came back to him"
    await at.hear(sale(named, card, 400, member.clock()), sale(own, phone, 1_000, member.clock()))
    assert (await at.points(card))[1] == 540, "told again it is not earned again"
    await at.proved()


async def test_merges_of_the_merged_are_refused_clearly(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    adviser = await member.adviser()
    third = (await member.enrol(adviser, card_no="CARD-7002", display_name="小明")).member_id
    done = await at.merge(card, phone)
    for one, other in ((card, phone), (phone, card), (phone, phone), (card, third)):
        with pytest.raises(grpc.aio.AioRpcError) as merged:
            await at.merge(one, other)
        assert refusal(merged.value) == "ALREADY_MERGED"
        assert member.fault(merged.value).metadata["member_id"] == phone
    with pytest.raises(grpc.aio.AioRpcError) as nobody:
        await at.merge(phone, new())
    assert refusal(nobody.value) == "MEMBER_UNKNOWN"
    # one who stayed is merged into somebody who has been here longer and signs in, too
    await member.db.pool.execute(
        "UPDATE members SET claim_time = join_time - interval '1 day' WHERE member_id = $1", third
    )
    await member.db.pool.execute(
        "UPDATE members SET join_time = join_time - interval '9 days' WHERE member_id = $1", third
    )
    above = await at.merge(phone, third)
    assert above.survivor_id == third
    assert (await at.points(card))[1] == 3_200, "an alias never points at an alias"
    await at.proved()
    with pytest.raises(grpc.aio.AioRpcError) as covered:
        await at.undo(done.merge_id)
    assert (refusal(covered.value), member.fault(covered.value).metadata["member_id"]) == ("MERGE_COVERED", third)
    await at.undo(above.merge_id)
    assert ((await at.points(card))[1], (await at.points(third))[1]) == (3_200, 0)
    await at.undo(done.merge_id)
    assert ((await at.points(card))[1], (await at.points(phone))[1]) == (2_700, 500)
    with pytest.raises(grpc.aio.AioRpcError) as again:
        await at.undo(done.merge_id)
    assert refusal(again.value) == "MERGE_FINAL"
    await at.merge(card, phone)
    assert (await at.points(card))[1] == 3_200, "merged once more, after all"
    await at.proved()


async def test_a_merge_can_be_undone_for_so_many_days_only(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    done = await at.merge(card, phone)
    member.clock.advance(days=30)
    with pytest.raises(grpc.aio.AioRpcError) as late:
        await at.undo(done.merge_id)
    assert refusal(late.value) == "MERGE_FINAL"
    fresh = await at.merge((await member.login("0977777777", "phone 7")).member.member_id, phone)
    await member.db.pool.execute("INSERT INTO member_tombstones VALUES ($1, $2, now())", fresh.absorbed_id, new())
    with pytest.raises(grpc.aio.AioRpcError) as forgotten:
        await at.undo(fresh.merge_id)
    assert refusal(forgotten.value) == "MERGE_FINAL", "who was forgotten does not come back"
    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await at.undo(new())
    assert refusal(unknown.value) == "MERGE_UNKNOWN"


async def test_of_merges_at_once_one_wins(member: Member) -> None:
    at = await desk(member)
    card, phone = await two(member, at)
    ended = await asyncio.gather(
        *(at.merge(*pair) for pair in ((card, phone), (phone, card)) * 3), return_exceptions=True
    )
    refused = [refusal(one) for one in ended if isinstance(one, grpc.aio.AioRpcError)]
    assert refused == ["ALREADY_MERGED"] * 5
    assert (await at.points(phone))[1] == 3_200
    await at.proved()


async def test_sessions_of_the_absorbed_end_and_of_both_when_it_is_undone(member: Member) -> None:
    at = await desk(member)
    first = await member.login("0912345678")
    member.clock.advance(days=1)
    second = await member.login("0987654321", device_id="phone 2")
    done = await at.merge(first.member.member_id, second.member.member_id)
    assert done.absorbed_id == second.member.member_id
    assert await _refused(member, second.session.refresh_token, "phone 2")
    refreshed = await member.call(member.access.RefreshSession, _refresh(first.session.refresh_token, "phone 1"))
    await at.undo(done.merge_id)
    assert await _refused(member, refreshed.session.refresh_token, "phone 1")


async def _refused(member: Member, token: str, device_id: str) -> bool:
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await member.call(member.access.RefreshSession, _refresh(token, device_id))
    return refusal(ended.value) == "REFRESH_INVALID"


def _refresh(token: str, device_id: str) -> object:
    return access_service_pb2.RefreshSessionRequest(refresh_token=token, device_id=device_id)


def _find(key: str) -> object:
    return identity_service_pb2.FindMemberRequest(key=key)


async def _name(member: Member, at: Desk, member_id: str) -> str:
    request = identity_service_pb2.GetMemberRequest(member_id=member_id)
    return str((await member.call(member.identity.GetMember, request, at.token)).member.display_name)


async def test_a_claimed_receipt_earns_as_of_its_own_time(member: Member) -> None:
    at = await desk(member, pending_days=7)
    _, phone = await two(member, at)
    order_id, sold_at = new(), member.clock()
    told = sale(order_id, phone, 6_000, sold_at)
    claimed = SaleClaimed(facts=told.sales[0])
    claimed.meta.aggregate_id = order_id
    member.clock.advance(days=20)
    await at.hear(sale(order_id, "", 6_000, sold_at), claimed)
    await at.hear(claimed, told)
    async with member.db.read() as tx:
        facts = await tx.fetchrow("SELECT orders, spend FROM member_facts WHERE member_id = $1", phone)
    assert tuple(facts or ()) == (2, 11_000), "and whoever is chosen by what he bought is chosen by this"
    standing = await at.standing(phone)
    assert (standing.tier, standing.qualifying_spend) == ("silver", 11_000)
    async with member.db.read() as tx:
        lot = await tx.fetchrow(
            "SELECT points, earn_time, activate_time FROM points_lots WHERE order_id = $1", order_id
        )
    assert (lot["points"], lot["earn_time"]) == (600, sold_at)
    assert lot["activate_time"] - sold_at <= timedelta(days=8), "pending from the day of the sale, not of the claim"
    assert standing.points_active >= 600, "so it can be spent at once"
    await at.proved()
