"""Removes what is past its time: each kind of record has a clock of its own, kept as data."""

from datetime import timedelta

from kit import access, timers
from kit.clock import Clock
from kit.errors import Code, Fault
from kit.postgres import Tx
from kit.timers import Due
from services.member.privacy import domain_requests as domain
from services.member.privacy import store_erasures as store
from services.member.privacy.domain_requests import RetentionRule
from services.member.privacy.forfeits import Forfeits

SWEEP = "privacy.retention"
_TIMELINE = "timeline."
_DAILY = timedelta(days=1)
_AT_ONCE = 2_000


class SubjectUnknown(Fault):
    """Nothing of that name is kept by a clock."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class Retention:
    """The clocks."""

    def __init__(self, forfeits: Forfeits, clock: Clock) -> None:
        self._forfeits = forfeits
        self._clock = clock

    async def begin(self, tx: Tx) -> None:
        """Looks once at each start, then daily: a process that restarts often must not put it off for ever."""
        await timers.schedule(tx, SWEEP, SWEEP, self._clock())

    async def sweep(self, tx: Tx, due: Due) -> None:
        """One bite of everything that is due; another at once while there is more."""
        now, more = self._clock(), False
        for rule in await store.rules(tx):
            if rule.subject.startswith(_TIMELINE) and rule.keep_days and not rule.books:
                kind = rule.subject.removeprefix(_TIMELINE)
                more |= await store.age(tx, kind, now, rule.keep_days, _AT_ONCE) == _AT_ONCE
        await self._forfeits.sweep(tx, now)
        await timers.schedule(tx, SWEEP, due.key, now if more else now + _DAILY)

    async def put(self, tx: Tx, subject: str, keep_days: int, basis: str) -> RetentionRule:
        """Changes a clock; a law's least stays."""
        rule = next((one for one in await store.rules(tx) if one.subject == subject), None)
        if rule is None:
            raise SubjectUnknown("nothing of that name is kept by a clock", field="rule.subject")
        domain.check_retention(rule, keep_days)
        actor = access.current().actor
        return await store.put_rule(tx, subject, keep_days, basis, (actor.kind, actor.id))
