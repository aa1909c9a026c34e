"""Keeps when the brand answers, and says when somebody has waited long enough."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import access
from kit.clock import Clock
from kit.postgres import Conflicted, Tx
from services.member.conversation import domain_hours, store_hours
from services.member.conversation.domain_hours import Hours


class ServiceHours:
    """`minutes` holds round the clock until headquarters says when the brand answers."""

    def __init__(self, clock: Clock, zone: ZoneInfo, minutes: int) -> None:
        self._clock = clock
        self._zone = zone
        self._unsaid = Hours(0, minutes)

    async def get(self, tx: Tx) -> Hours:
        """The hours in force."""
        return await store_hours.hours(tx) or self._unsaid

    async def put(self, tx: Tx, asked: Hours) -> Hours:
        """Keeps the version after the one that the caller has seen."""
        domain_hours.check(asked)
        present = await self.get(tx)
        following = replace(asked, version=present.version + 1)
        if asked.version != present.version or not await store_hours.put(tx, following, access.current().actor):
            raise Conflicted("somebody else has changed the hours: read them again")
        return following

    async def patience(self, tx: Tx) -> datetime:
        """When somebody who begins to wait now has waited too long."""
        return domain_hours.due(await self.get(tx), self._zone, self._clock())
