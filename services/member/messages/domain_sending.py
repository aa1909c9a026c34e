"""Whether a message is sent now, by which channel, later, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.member.messages import domain_hours
from services.member.messages.domain import Purpose
from services.member.messages.domain_hours import Quiet

STANDSTILL = timedelta(minutes=15)
# marketing that finds no room for so long has had its time
PATIENCE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the brand writes."""

    version: int
    quiet: Quiet
    per_day: int
    per_week: int
    block_limit_bp: int
    block_min_sent: int
    channels: tuple[str, ...]
    locale: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message, as far as deciding needs it."""

    purpose: Purpose
    due_time: datetime
    end_time: datetime | None = None
    channels: tuple[str, ...] = ()
    tried: frozenset[str] = frozenset()
    # the channel that may have it already
    pinned: str = ""
    # it has its place in the count
    counted: bool = False
    # another moment may come for its campaign
    campaign_stands: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it is for: reachable by which channels, what he agreed to, what he likes, what he was sent."""

    known: bool = True
    reachable: frozenset[str] = frozenset()
    # by which channels he may be written to, for each purpose
    agreed: Mapping[Purpose, frozenset[str]] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    quiet: Quiet | None = None
    times: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Now, by this channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before."""

    until: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Withhold:
    """Never."""

    cause: str


Decision = Send | Wait | Withhold


@dataclass(frozen=True, slots=True)
class Liked:
    """What a member likes."""

    member_id: str
    locale: str
    quiet: Quiet | None
    channels: tuple[str, ...]


def decide(
    wanted: Wanted, person: Person, rules: Rules, offered: frozenset[str], halted: frozenset[str], now: datetime,
    zone: ZoneInfo,
) -> Decision:  # fmt: skip
    """What happens to a message now; `offered` are the channels that this process has."""
    if (stopped := _stopped(wanted, person, now)) is not None:
        return stopped
    channel = _channel(wanted, person, rules, offered, halted, now)
    if not isinstance(channel, Send) or wanted.purpose is Purpose.TRANSACTIONAL:
        return channel
    windows = [rules.quiet, *([person.quiet] if person.quiet else [])]
    if (loud := domain_hours.loud(now, zone, windows)) > now:
        return Wait(loud, "QUIET")
    if wanted.purpose is Purpose.MARKETING:
        return _rare(wanted, person, rules, now) or channel
    return channel


def _stopped(wanted: Wanted, person: Person, now: datetime) -> Decision | None:
    if wanted.end_time is not None and now >= wanted.end_time:
        return Withhold("EXPIRED")
    if not person.known:
        return Withhold("NO_MEMBER")
    return Wait(now + STANDSTILL, "CAMPAIGN_STANDS") if wanted.campaign_stands else None


def _channel(
    wanted: Wanted, person: Person, rules: Rules, offered: frozenset[str], halted: frozenset[str], now: datetime
) -> Decision:
    preferred = (wanted.pinned,) if wanted.pinned else wanted.channels or person.channels or rules.channels
    reachable = [one for one in preferred if one in person.reachable & offered and one not in wanted.tried]
    if not reachable:
        return Withhold("REFUSED" if wanted.tried else "NO_ADDRESS")
    agreed = [one for one in reachable if _agreed(one, wanted.purpose, person)]
    if not agreed:
        return Withhold("NO_CONSENT")
    standing = [one for one in agreed if one not in halted]
    return Send(standing[0]) if standing else Wait(now + STANDSTILL, "CHANNEL_STANDS")


def _agreed(channel: str, purpose: Purpose, person: Person) -> bool:
    return purpose is Purpose.TRANSACTIONAL or channel in person.agreed.get(purpose, frozenset())


def _rare(wanted: Wanted, person: Person, rules: Rules, now: datetime) -> Decision | None:
    if wanted.counted:
        return None
    free = domain_hours.free(person.times, now, rules.per_day, rules.per_week)
    if free <= now:
        return None
    late = free > wanted.due_time + PATIENCE or (wanted.end_time is not None and free >= wanted.end_time)
    return Withhold("CAPPED") if late else Wait(free, "CAPPED")


def too_blocked(sent: int, blocked: int, rules: Rules) -> bool:
    """Whether so many block what is sent that it must stop."""
    return sent >= rules.block_min_sent and blocked * 10_000 > sent * rules.block_limit_bp
