"""Members who are made one and two again: who serves them, and who is paid for what they bought."""

import itertools
import uuid
from datetime import datetime, timedelta

from omo.attribution.v1 import attribution_service_pb2 as pb
from omo.member.v1 import member_events_pb2, merging_events_pb2
from omo.order.v1 import order_events_pb2
from services.attribution.binding.domain import Noted, Source
from tests.service.attribution.conftest import START, Rig, confirmed, enrolled, rig, staff_changed
from tests.service.attribution.test_attribution import HQ, net

__all__ = ["rig"]

DAY = timedelta(days=1)


def new() -> str:
    return str(uuid.uuid4())


def merged(merge_id: str, absorbed_id: str, survivor_id: str, at: datetime) -> member_events_pb2.MemberMerged:
    event = member_events_pb2.MemberMerged(member_id=survivor_id, absorbed_member_id=absorbed_id, merge_id=merge_id)
    event.meta.aggregate_id = survivor_id
    event.meta.business_time.FromDatetime(at)
    return event


def unmerged(
    merge_id: str, absorbed_id: str, survivor_id: str, at: datetime, *order_ids: str
) -> merging_events_pb2.MemberUnmerged:
    event = merging_events_pb2.MemberUnmerged(
        member_id=survivor_id, absorbed_member_id=absorbed_id, merge_id=merge_id, order_ids=order_ids
    )
    event.meta.aggregate_id = survivor_id
    event.meta.business_time.FromDatetime(at)
    return event


async def bound(rig: Rig, member_id: str, staff_code: str, at: datetime) -> None:
    noted = Noted(new(), member_id, staff_code, "TPE01", Source.TILL, at, "")
    async with rig.db.transaction() as tx:
        await rig.attribution.bindings.note(tx, noted, "")


async def serving(rig: Rig, member_id: str) -> str:
    reply = await rig.call(rig.bindings.GetBinding, pb.GetBindingRequest(member_id=member_id), **HQ)
    return str(reply.binding.staff_code)


async def test_the_loser_of_a_merge_keeps_what_he_earned_and_the_end_of_it_restores_both(rig: Rig) -> None:
    card, phone, merge_id = new(), new(), new()
    await rig.hear(staff_changed("A102"), staff_changed("A205"))
    await bound(rig, card, "A102", START)
    await bound(rig, phone, "A205", START + DAY)
    before, after, assigned = new(), new(), new()
    rig.clock.advance(days=5)
    await rig.hear(confirmed(before, card, START + 2 * DAY))
    await rig.hear(merged(merge_id, card, phone, START + 3 * DAY))
    assert await net(rig, before) == {"A102": 2480}, "a merge takes no credit from anybody"
    assert await serving(rig, card) == await serving(rig, phone) == "A205", "both are protected: the most recent"
    await rig.hear(confirmed(after, card, START + 4 * DAY), confirmed(assigned, phone, START + 4 * DAY))
    assert (await net(rig, after), await net(rig, assigned)) == ({"A205": 2480}, {"A205": 2480})
    await rig.hear(unmerged(merge_id, card, phone, START + 5 * DAY, assigned))
    assert (await serving(rig, card), await serving(rig, phone)) == ("A102", "A205")
    assert (await net(rig, after), await net(rig, assigned)) == ({"A102": 2480}, {"A102": 2480})
    await rig.proved()


async def test_protected_wins_over_most_recent(rig: Rig) -> None:
    policy = rig.attribution.settings.policy
    card, phone = new(), new()
    await rig.hear(staff_changed("A102"), staff_changed("A205"))
    await bound(rig, card, "A102", START)
    await bound(rig, phone, "A205", START - policy.protected - DAY)
    rig.clock.advance(days=2)
    await rig.hear(merged(new(), card, phone, START + DAY))
    assert await serving(rig, phone) == "A102", "the survivor's own is not protected any more"
    await bound(rig, phone, "A205", START + 2 * DAY)
    assert await serving(rig, phone) == "A102", "and protection goes on after the merge"


async def test_whatever_is_heard_first_the_end_is_the_same(rig: Rig) -> None:
    ends = set()
    for order in itertools.permutations(range(4)):
        card, phone, merge_id, early, late = (new() for _ in range(5))
        events = [
            enrolled(card, "A102", START - 9 * DAY),
            merged(merge_id, card, phone, START),
            unmerged(merge_id, card, phone, START + 2 * DAY, late),
            confirmed(early, card, START - DAY),
        ]
        for index in order:
            await rig.hear(events[index])
        await rig.hear(confirmed(late, phone, START + DAY))
        ends.add((str(await net(rig, early)), str(await net(rig, late))))
    assert ends == {("{'A102': 2480}", "{'A102': 2480}")}
    await rig.proved()


async def test_a_chain_of_merges_comes_apart_link_by_link(rig: Rig) -> None:
    first, second, third = new(), new(), new()
    links = [(new(), first, second, START), (new(), second, third, START + DAY)]
    order_id = new()
    await rig.hear(enrolled(third, "A205", START - DAY), *(merged(*link) for link in reversed(links)))
    rig.clock.advance(days=9)
    await rig.hear(confirmed(order_id, first, START + 2 * DAY))
    assert await net(rig, order_id) == {"A205": 2480}
    await rig.hear(unmerged(*links[1][:3], START + 3 * DAY))
    assert await net(rig, order_id) == {"brand": 2480}, "the second, whom the first still means, was enrolled by nobody"
    again = new()
    await rig.hear(merged(new(), second, third, START + 4 * DAY), confirmed(again, first, START + 5 * DAY))
    assert (await net(rig, order_id), await net(rig, again)) == ({"brand": 2480}, {"A205": 2480})
    await rig.proved()


async def test_a_claimed_sale_is_credited_as_if_its_member_had_been_known(rig: Rig) -> None:
    """Whichever is heard first, and however often."""
    for order in itertools.permutations(range(2)):
        member_id, order_id = new(), new()
        await rig.hear(enrolled(member_id, "A102", START - DAY))
        claimed = order_events_pb2.SaleClaimed(facts=confirmed(order_id, member_id).facts)
        claimed.meta.aggregate_id = order_id
        events = [confirmed(order_id, ""), claimed]
        for index in (*order, *order):
            await rig.hear(events[index])
        assert await net(rig, order_id) == {"A102": 2480}
    await rig.proved()
