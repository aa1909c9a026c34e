"""Trials and notes of a store that was offline: on the timeline when they happened, once, whoever they are of."""

from datetime import timedelta
from typing import Any

from kit.fields import timestamp
from kit.ids import uuid7
from omo.member.v1 import profile_pb2
from omo.storefacts.v1 import facts_pb2
from tests.service.member import view_rig
from tests.service.member.conftest import Member
from tests.service.member.facts import enrolled, kept, send

TRIAL, NOTE = profile_pb2.TIMELINE_KIND_TRIAL, profile_pb2.TIMELINE_KIND_NOTE


def _fact(member: Member, hours: float, **told: Any) -> facts_pb2.PeopleFact:
    at = member.clock() - timedelta(hours=hours)
    return facts_pb2.PeopleFact(fact_id=uuid7(), business_time=timestamp(at), staff_code="A102", **told)


def trial(member: Member, member_id: str, *skus: str, outcome: str = "HESITATED", wish: bool = True) -> Any:
    told = facts_pb2.TrialNoted(member_id=member_id, skus=skus, outcome=outcome, note="袖子太長", wish=wish)
    return _fact(member, 5, trial=told)


def note(member: Member, member_id: str, text: str = "在意尺寸") -> Any:
    return _fact(member, 4, note=facts_pb2.MemberNoted(member_id=member_id, text=text))


async def _told(view: view_rig.View, member_id: str, *kinds: Any) -> list[Any]:
    found = await view.records(view.adviser, *kinds, member_id=member_id)
    return sorted(found, key=lambda one: one.business_time.ToSeconds())


async def test_what_was_noted_offline_stands_where_it_happened_and_once(member: Member) -> None:
    view = await view_rig.enrolled(member)
    frame = [trial(member, view.member_id, "COAT-M", "COAT-L", "COAT-M"), note(member, view.member_id)]
    first = await send(member, *frame)
    assert await send(member, *frame) == first, "sent again it is not heard again"
    assert first.durable_ack == 2
    tried, said = await _told(view, view.member_id, TRIAL, NOTE)
    assert (dict(tried.data), tried.subject_id, tried.text) == (
        {"skus": "COAT-M COAT-L", "outcome": "HESITATED"}, "COAT-M", "袖子太長",
    )  # fmt: skip
    assert (tried.staff_code, tried.location_id, tried.source) == ("A102", "TPE01", "staff")
    assert tried.business_time == frame[0].business_time
    assert (said.text, said.business_time) == ("在意尺寸", frame[1].business_time)
    async with member.db.read() as tx:
        wishes = await tx.fetch("SELECT sku, staff_code FROM wishes ORDER BY sku")
        rows = await tx.fetch("SELECT one::text AS shown FROM people_facts AS one")
    assert [tuple(row) for row in wishes] == [("COAT-L", "A102"), ("COAT-M", "A102")]
    assert not any("袖子" in row["shown"] or "尺寸" in row["shown"] for row in rows)


async def test_whoever_is_enrolled_later_has_it_and_nonsense_is_kept(member: Member) -> None:
    """The id is the till's own; what cannot be read is stored and flagged, and refuses nothing."""
    view = await view_rig.enrolled(member)
    later = uuid7()
    await send(
        member,
        trial(member, later, "COAT-M", outcome="whatever", wish=False),
        note(member, later, "x" * 5_000),
        trial(member, "no id", "COAT-M"),
        enrolled(member, later, phone="0922333444"),
    )
    tried, said = await _told(view, later, TRIAL, NOTE)
    assert (tried.data["outcome"], len(said.text)) == ("", 2_000)
    flags = [(row["kind"], tuple(row["flags"])) for row in await kept(member)]
    assert flags == [
        ("trial", ("member_unknown",)), ("note", ("member_unknown",)), ("trial", ("unreadable",)), ("enrolled", ()),
    ]  # fmt: skip
