"""The call list of a staff member: the members who are bound to him and have a reason to hear from him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.postgres import Tx
from services.member.benefits.domain import born
from services.member.ground import Ground
from services.member.identity.domain import masked_name
from services.member.identity.register import Register
from services.member.privacy import consents
from services.member.profile import domain_calls as domain
from services.member.profile import store_calls as store
from services.member.profile.domain_calls import Entry, Reason

_BOUND = 2_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with what the staff member is told of the person."""

    entry: Entry
    display_name: str
    may_call: bool


async def of_staff(tx: Tx, g: Ground, staff_code: str, limit: int) -> list[Shown]:
    """The weightiest entries; whoever said "not again" is on the list only with a complaint of his own."""
    now = g.clock()
    bound = await store.bound(tx, staff_code, now, _BOUND)
    left_alone = await store.never(tx, bound)
    causes = await store.causes(tx, bound, now)
    causes += await store.birthdays(tx, bound, _days(g, now))
    found = [cause for cause in causes if cause.member_id not in left_alone or cause.reason is Reason.COMPLAINT_OPEN]
    entries = domain.rank(found, await store.contacts(tx, bound), now)[:limit]
    return await _shown(tx, g.register, entries)


def _days(g: Ground, now: datetime) -> dict[bytes, datetime]:
    """The coming days of the brand's own calendar, as birthdays are kept: by a keyed hash of month and day."""
    days = {}
    for ahead in range(domain.BIRTHDAY_AHEAD.days + 1):
        day = now.astimezone(g.zone) + timedelta(days=ahead)
        for month, number in born(day.date(), leap_day_early=False):
            days[g.vault.digest("birth day", str(month), str(number))] = day
    return days


async def _shown(tx: Tx, register: Register, entries: Sequence[Entry]) -> list[Shown]:
    ids = [one.member_id for one in entries]
    selling = await consents.allowed_channels(tx, ids, "MARKETING", ["phone"])
    serving = await consents.allowed_channels(tx, ids, "SERVICE", ["phone"])
    shown = []
    for entry in entries:
        member = await register.get(tx, entry.member_id)
        if member is None:
            continue
        # who has not agreed to be sold to by telephone may still be called about his complaint
        complained = any(cause.reason is Reason.COMPLAINT_OPEN for cause in entry.causes)
        may_call = bool(selling[entry.member_id] or (complained and serving[entry.member_id]))
        shown.append(Shown(entry, masked_name(member.name), may_call))
    return shown
