"""What members hold of points and tiers, lot by lot and step by step."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, MemberId, NextPage, Shown, Time, When, Whole, eg, kinds, said
from omo.member.v1 import member_pb2, tier_events_pb2

Reason = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TierCode = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("gold")]


class PointsEntry(Shown):
    """One line of the statement."""

    entry_id: Annotated[str, eg("0199a5c2-8811-7d10-9a4b-1c2d3e4f5a6b")]
    kind: Annotated[str, kinds(member_pb2.PointsKind, "EARN")]
    points: Annotated[int, eg(1280, "Earned is positive, spent negative.")]
    business_time: Time | None
    order_id: Annotated[str | None, eg("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55")]
    line_no: Annotated[int, eg(1, "0 when it is of no line.")]
    reason: Annotated[str, eg("")]
    rule_version: Annotated[str, eg("3")]
    activate_time: Time | None
    expire_time: Time | None


class PointsPage(Shown):
    """The statement, newest first."""

    entries: list[PointsEntry]
    next_page_token: NextPage


class PointsLot(Shown):
    """Points that were earned together and end together."""

    lot_id: Annotated[str, eg("0199a5c2-9911-7d10-9a4b-1c2d3e4f5a6b", "Names the lot.")]
    order_id: Annotated[str | None, eg("0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55", "Null: given by hand.")]
    points: Annotated[int, eg(1280, "What was earned; the rest was spent, taken back or has ended.")]
    pending: Annotated[int, eg(0, "Not to be spent yet.")]
    active: Annotated[int, eg(980)]
    held: Annotated[int, eg(0, "Set aside for orders that are not confirmed.")]
    earn_time: Annotated[Time | None, said("When they were earned.")]
    activate_time: Time | None
    expire_time: Time | None
    rule_version: Annotated[str, eg("coats-double@2")]
    line_nos: Annotated[list[int], eg([1], "Which lines of the order earned them.")]


class PointsLots(Shown):
    """Open lots, first what ends first."""

    lots: Annotated[list[PointsLot], said("Open lots, first what ends first.")]
    next_page_token: NextPage


class TierChange(Shown):
    """One step of a member's tier."""

    before: Annotated[str | None, eg("silver", "The tier until then; null: none.")]
    after: Annotated[str | None, eg("gold", "The tier from then on; null: none.")]
    cause: Annotated[str | None, kinds(tier_events_pb2.TierCause, "SALE", "Why it changed.")]
    business_time: Time | None
    valid_until_time: Time | None
    reason: Annotated[str, eg("", "Why, where a person did it.")]
    actor: Annotated[str, eg("service:member")]
    rule_version: Annotated[str, eg("program-3")]


class TierChanges(Shown):
    """What became of a tier, newest first."""

    changes: list[TierChange]
    next_page_token: NextPage


class GrantTier(Asked):
    """A tier for a time, whatever was spent."""

    tier: TierCode
    reason: Annotated[Reason, eg("guest of the opening")]
    expire_time: Annotated[When, eg("2036-01-01T00:00:00+08:00", "When it ends.")]


class Because(Asked):
    """Why."""

    reason: Annotated[Reason, eg("given by mistake")]


class ImportedTier(Asked):
    """A member's tier as another system had it."""

    member_id: MemberId
    tier: TierCode
    since_time: When
    valid_until_time: Annotated[
        When | None, eg("2036-01-01T00:00:00+08:00", "Until when; null: as the program says.")
    ] = None
    opening_spend: Annotated[Whole, Field(ge=0), eg(31000, "What had counted: minor units.")] = 0
    opening_count: Annotated[Whole, Field(ge=0), eg(7, "What had counted: orders.")] = 0
    opening_points: Annotated[Whole, Field(ge=0), eg(3100, "What had counted: earned points.")] = 0
    opening_time: Annotated[When | None, said("As of when that had counted; null: now.")] = None
    member_date: Annotated[
        str, StringConstraints(max_length=10), eg("2004-02-29", "On its anniversaries tiers end, where they do so.")
    ] = ""


class ImportTiers(Asked):
    """Tiers from another system; a member once per source."""

    source: Annotated[
        str,
        StringConstraints(min_length=1, max_length=64),
        eg("old-crm", "Where they come from; a member comes from there once."),
    ]
    tiers: Annotated[list[ImportedTier], Field(min_length=1, max_length=100), said("1 to 100 members.")]


class RefusedTier(Shown):
    """A row that was not taken over."""

    row: Annotated[int, eg(1, "From 0.")]
    field: Annotated[str, eg("member_id", "What is wrong.")]
    rule: Annotated[str, eg("must be a member")]


class ImportedTiers(Shown):
    """What was taken over."""

    imported: Annotated[int, eg(1, "Members that were taken over.")]
    known: Annotated[int, eg(0, "Members that had been taken over before.")]
    refused: Annotated[list[RefusedTier], said("Rows that were not taken.")]


class LiabilityMonth(Shown):
    """Open points that end in one month."""

    month: Annotated[str | None, eg("2027-11", "Of the brand's time zone; null: never.")]
    lots: Annotated[int, eg(1204, "How many lots end then.")]
    pending: Annotated[int, eg(5200, "Earned, and not to be spent yet.")]
    active: Annotated[int, eg(91800)]
    held: Annotated[int, eg(300, "Set aside for orders that are not confirmed.")]
    value: Annotated[int, eg(97300, "Of all three, minor units.")]


class Liability(Shown):
    """What the brand owes its members in points."""

    months: Annotated[list[LiabilityMonth], said("By month; what never ends comes last.")]
    total_value: Annotated[int, eg(97300, "Minor units.")]
    points_debt: Annotated[int, eg(120, "What members owe; not taken off.")]
    point_value: Annotated[int, eg(1)]
    business_time: Time | None
