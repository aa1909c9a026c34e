"""Members, their standing and their wishes, as every audience is shown them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    Asked,
    LocationId,
    MemberId,
    Shown,
    Sku,
    StaffCode,
    Time,
    Version,
    eg,
    kinds,
    said,
)
from omo.member.v1 import identity_service_pb2, member_pb2


class Identifier(Shown):
    """How a member can be recognised."""

    kind: Annotated[str, kinds(member_pb2.IdentifierKind, "PHONE")]
    value: Annotated[str, eg("+886 9** *** 678", "Masked for everybody but the member.")]
    verified: Annotated[bool, eg(True)]
    verify_time: Time | None
    source: Annotated[str, eg("store", "store, app, web, line, hq or import.")]
    state: Annotated[str, kinds(member_pb2.IdentifierState, "VERIFIED", "Whether the member has proved it.")]


class Member(Shown):
    """A shopper, the same in every channel."""

    member_id: MemberId
    kind: Annotated[str, kinds(member_pb2.MemberKind, "MEMBER")]
    display_name: Annotated[str, eg("陳小明")]
    identifiers: list[Identifier]
    claimed: Annotated[bool, eg(True, "The shopper has proved a telephone or login of his own.")]
    enrolled_location_id: LocationId | None
    enrolled_staff_code: StaffCode | None
    join_time: Time | None
    version: Version


class Standing(Shown):
    """Points, tier, and what is missing to the next one."""

    member_id: MemberId
    tier: Annotated[str, eg("silver")]
    tier_since_time: Time | None
    tier_valid_until_time: Time | None
    qualifying_spend: Annotated[int, eg(18400, "Minor units, within the tier's period.")]
    next_tier: Annotated[str | None, eg("gold")]
    next_tier_gap: Annotated[int, eg(11600, "Minor units; 0 at the top.")]
    points_pending: Annotated[int, eg(1840)]
    points_active: Annotated[int, eg(200)]
    points_held: Annotated[int, eg(0)]
    points_spent: Annotated[int, eg(0)]
    points_expired: Annotated[int, eg(0)]
    points_debt: Annotated[int, eg(0)]
    version: Version
    qualifying_count: Annotated[int, eg(4, "Orders, within the tier's period.")]
    qualifying_points: Annotated[int, eg(1840, "Earned points, within the tier's period.")]
    next_tier_gap_orders: Annotated[int, eg(0, "Where orders count; else 0.")]
    next_tier_gap_points: Annotated[int, eg(0, "Where earned points count; else 0.")]
    projected_tier: Annotated[str | None, eg("basic", "The tier after this one, if nothing more is bought.")]
    keep_tier_gap: Annotated[int, eg(3200, "What is missing to keep the tier: money, orders or points.")]
    keep_by_time: Annotated[Time | None, said("Until when that is to be bought: when the tier ends.")]
    tier_source: Annotated[str | None, kinds(member_pb2.TierSource, "EARNED", "How the member came by the tier.")]
    coming_tier: Annotated[str | None, eg(None, "A tier that is reached already and begins later.")]
    coming_tier_time: Annotated[Time | None, said("When the coming tier begins.")]


class Wish(Shown):
    """Something that a member would like to have."""

    member_id: MemberId
    sku: Sku
    add_time: Time | None
    staff_code: Annotated[str | None, eg("A102", "The staff member who noted it; null: the member himself.")]
    location_id: LocationId | None
    note: Annotated[str, eg("waits for the next delivery")]


class Wishes(Shown):
    """A member's wishes, newest first."""

    wishes: list[Wish]


class WishAnswer(Shown):
    """The wish as it is kept."""

    wish: Wish


class AddWish(Asked):
    """What to note."""

    sku: Sku
    note: Annotated[str, StringConstraints(max_length=500), eg("waits for the next delivery")] = ""


class MemberAnswer(Shown):
    """One member."""

    member: Member


class StandingAnswer(Shown):
    """One member's standing."""

    standing: Standing


class FindMember(Asked):
    """What the shopper says or shows: an exact telephone, e-mail, card or member id, or the code on his screen."""

    key: Annotated[str, StringConstraints(min_length=3, max_length=1_024), eg("0912345678")]


class FoundMember(Shown):
    """The member, masked, and the standing; or those who share the number, of whom one is to be chosen."""

    member: Annotated[Member | None, Field(description="Null where several people have this number.")]
    standing: Annotated[Standing | None, Field(description="The member's points and tier.")]
    candidates: Annotated[list[Member], Field(description="Several people with this number; look one up by id.")]
    found_by: Annotated[str, kinds(identity_service_pb2.MemberKey, "PHONE", "What the key was taken for.")]
