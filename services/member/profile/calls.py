"""The call list of a staff member: the members who are bound to him and have a reason to hear from him."""

from collections.abc import Sequence
from dataclasses import dataclass

from kit.clock import Clock
from kit.postgres import Tx
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


async def of_staff(tx: Tx, register: Register, staff_code: str, clock: Clock, limit: int) -> list[Shown]:
    """The weightiest entries; whoever said "not again" is on the list only with a complaint of his own."""
    now = clock()
    bound = await store.bound(tx, staff_code, now, _BOUND)
    left_alone = await store.never(tx, bound)
    found = [
        cause
        for cause in await store.causes(tx, bound, now)
        if cause.member_id not in left_alone or cause.reason is Reason.COMPLAINT_OPEN
    ]
    entries = domain.rank(found, await store.contacts(tx, bound), now)[:limit]
    return await _shown(tx, register, entries)


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
