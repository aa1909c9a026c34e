"""A campaign: whom to write to, what, when, and what is measured against those who are left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from kit.errors import Code, Fault, invalid
from services.member.messages.domain import Purpose
from services.member.messages.domain_templates import STORE, Template

HOLD_OUT_MOST = 9000
_YEAR = 365
_VALUE = 200
# what a trigger asks for may come late, but not for ever
STALE = timedelta(days=3)


class CampaignUnknown(Fault):
    """No campaign has that id."""

    code = Code.NOT_FOUND
    reason = "CAMPAIGN_UNKNOWN"


class CampaignStands(Fault):
    """The campaign's state does not allow it."""

    code = Code.FAILED_PRECONDITION
    reason = "CAMPAIGN_STATE"


class State(IntEnum):
    """How far a campaign is."""

    DRAFT = 1
    ACTIVE = 2
    RUNNING = 3
    PAUSED = 4
    HALTED = 5
    DONE = 6


class Trigger(IntEnum):
    """What makes a member enter by himself; NONE: the segment is entered as a whole."""

    NONE = 0
    STORE_SALE = 1
    ONLINE_ORDER = 2
    WISH_ON_OFFER = 3
    BACK_IN_STOCK = 4
    PICKUP_READY = 5
    PICKUP_EXPIRING = 6
    POINTS_EXPIRING = 7
    BIRTHDAY = 8
    TIER_CHANGED = 9
    MISSION_REWARDED = 10
    PICKUP_REJECTED = 11
    PICKUP_DELAYED = 12


class GoalKind(IntEnum):
    """What whoever entered is hoped to do."""

    NONE = 0
    APP_LOGIN = 1
    ONLINE_ORDER = 2
    STORE_ORDER = 3
    ANY_ORDER = 4


class Reached(IntEnum):
    """What became of a member's goal."""

    NONE = 0
    OPEN = 1
    REACHED = 2
    REWARDED = 3
    VOID = 4


# What each trigger tells of its occasion.
PARAMS: Mapping[Trigger, tuple[str, ...]] = {
    Trigger.NONE: (),
    Trigger.STORE_SALE: ("location_id", STORE),
    Trigger.ONLINE_ORDER: (),
    Trigger.WISH_ON_OFFER: ("sku", "amount"),
    Trigger.BACK_IN_STOCK: ("sku",),
    Trigger.PICKUP_READY: ("order_no", "location_id", STORE, "until"),
    Trigger.PICKUP_EXPIRING: ("order_no", "location_id", STORE, "until"),
    Trigger.POINTS_EXPIRING: ("expiring_points", "until"),
    Trigger.BIRTHDAY: (),
    Trigger.TIER_CHANGED: ("new_tier",),
    Trigger.MISSION_REWARDED: ("mission", "reward_points"),
    Trigger.PICKUP_REJECTED: ("order_no", "location_id", STORE, "until", "token"),
    Trigger.PICKUP_DELAYED: ("order_no", "location_id", STORE, "until"),
}
# what somebody waits for is no advertisement, whoever writes the template
_PICKUP = {Trigger.PICKUP_READY, Trigger.PICKUP_EXPIRING, Trigger.PICKUP_REJECTED, Trigger.PICKUP_DELAYED}


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured, and what it earns."""

    kind: GoalKind = GoalKind.NONE
    within_days: int = 0
    reward_points: int = 0
    hold_days: int = 0
    staff_bonus: int = 0

    @property
    def pays(self) -> bool:
        """Whether reaching it earns anybody anything."""
        return bool(self.reward_points or self.staff_bonus)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands."""

    campaign_id: str
    name: str
    template_id: str
    segment_id: str = ""
    trigger: Trigger = Trigger.NONE
    start_time: datetime | None = None
    end_time: datetime | None = None
    every_days: int = 0
    days: int = 0
    hour: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    hold_out_bp: int = 0
    goal: Goal = Goal()
    state: State = State.DRAFT
    halt_reason: str = ""
    version: int = 0
    run: int = 0
    update_time: datetime | None = None


def check(asked: Campaign, template: Template) -> None:
    """Refuses a campaign that could not be carried out, and says where."""
    if asked.trigger is Trigger.NONE:
        if not asked.segment_id:
            raise invalid("campaign.segment_id", "must be given where there is no trigger")
        if asked.days or asked.hour is not None:
            raise invalid("campaign.days", "must be 0, and hour empty, where there is no trigger")
    elif asked.every_days:
        raise invalid("campaign.every_days", "must be 0 with a trigger: each occasion counts")
    _check_numbers(asked)
    if asked.start_time and asked.end_time and asked.end_time <= asked.start_time:
        raise invalid("campaign.end_time", "must be after start_time")
    if template.purpose is Purpose.TRANSACTIONAL and asked.trigger not in _PICKUP:
        raise invalid("campaign.template_id", "must not be transactional: nobody waits for this message")
    if asked.hold_out_bp and template.purpose is Purpose.TRANSACTIONAL:
        raise invalid("campaign.hold_out_bp", "must be 0: what somebody waits for is withheld from nobody")
    _check_params(asked, template)


def _check_numbers(asked: Campaign) -> None:
    goal = asked.goal
    for name, value, most in (
        ("every_days", asked.every_days, _YEAR),
        ("days", asked.days, _YEAR),
        ("hold_out_bp", asked.hold_out_bp, HOLD_OUT_MOST),
        ("goal.within_days", goal.within_days, _YEAR),
        ("goal.hold_days", goal.hold_days, _YEAR),
        ("goal.reward_points", goal.reward_points, 1_000_000),
        ("goal.staff_bonus", goal.staff_bonus, 1_000_000_000),
    ):
        if not 0 <= value <= most:
            raise invalid(f"campaign.{name}", f"must be 0 to {most}")
    if goal.kind is GoalKind.NONE and goal != Goal():
        raise invalid("campaign.goal.kind", "must be given with a goal")
    if goal.kind is not GoalKind.NONE and not goal.within_days:
        raise invalid("campaign.goal.within_days", f"must be 1 to {_YEAR}")


def _check_params(asked: Campaign, template: Template) -> None:
    given = {*asked.params, *PARAMS[asked.trigger]}
    for name in template.params:
        if name not in given:
            raise invalid(f"campaign.params.{name}", f"must be given: template {template.template_id} names it")
    for name, value in asked.params.items():
        if name not in template.params or name in PARAMS[asked.trigger]:
            raise invalid(f"campaign.params.{name[:40]}", "must be a param of the template that no trigger gives")
        if len(value) > _VALUE or "\x00" in value:
            raise invalid(f"campaign.params.{name}", f"must be at most {_VALUE} characters")


def changed(present: Campaign | None, asked: Campaign) -> Campaign:
    """The campaign with what was asked for; where it stands is not for whoever edits it to say."""
    if present is None:
        return replace(asked, state=State.DRAFT, version=1, run=0)
    if present.state in (State.ACTIVE, State.RUNNING):
        raise _stands(present, "pause it before it is changed")
    if present.run and (present.trigger, present.segment_id) != (asked.trigger, asked.segment_id):
        raise _stands(present, "it has run: whom it means stays; make another campaign")
    return replace(asked, state=present.state, version=present.version + 1, run=present.run)


def started(present: Campaign, *, under_way: bool) -> Campaign:
    """The campaign made active, or going on where it stopped."""
    if present.state in (State.ACTIVE, State.RUNNING):
        return present
    if present.state is State.DONE:
        raise _stands(present, "it is done")
    state = State.RUNNING if under_way else State.ACTIVE
    return replace(present, state=state, halt_reason="", version=present.version + 1)


def paused(present: Campaign) -> Campaign:
    """The campaign standing still; what was enqueued waits."""
    if present.state is State.PAUSED:
        return present
    if present.state not in (State.ACTIVE, State.RUNNING):
        raise _stands(present, "it is not active")
    return replace(present, state=State.PAUSED, version=present.version + 1)


def _stands(present: Campaign, why: str) -> CampaignStands:
    return CampaignStands(f"the campaign is {present.state.name}: {why}", state=present.state.name)


def due(campaign: Campaign, moment: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """When the message of an occasion goes out: so many days later, at the campaign's hour of the brand's day."""
    days = campaign.days if campaign.trigger in (Trigger.STORE_SALE, Trigger.ONLINE_ORDER) else 0
    at = moment + timedelta(days=days)
    if campaign.hour is None:
        return max(at, now) if days else now
    day = at.astimezone(zone).date()
    local = datetime(day.year, day.month, day.day, campaign.hour // 60, campaign.hour % 60, tzinfo=zone)
    return max(local.astimezone(now.tzinfo), now)


def celebrated(day: date) -> list[tuple[int, int]]:
    """Whose birthday (month, day) is kept on a day: who was born on 29 February has his on the 28th in other years."""
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    own = [(day.month, day.day)]
    return [*own, (2, 29)] if (day.month, day.day) == (2, 28) and not leap else own
