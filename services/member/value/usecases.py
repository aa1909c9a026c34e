"""Ends what was not spent in its time."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from kit import schedules
from kit.clock import Clock
from kit.postgres import Tx
from services.member.value import posting, store
from services.member.value.domain import Kind, Lot
from services.member.value.posting import SWEEP

LIMIT = 500
Ending = Callable[[Tx, Sequence[Lot], datetime], Awaitable[None]]


class Endings:
    """Expiry: an entry, never a deletion; packs of prepaid goods end by their own rule."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._own: dict[Kind, Ending] = {}

    def by(self, kind: Kind, ending: Ending) -> None:
        """Lots of this kind end like this."""
        self._own[kind] = ending

    async def sweep(self, tx: Tx, _dues: Sequence[object]) -> None:
        """Ends what is over by now; runs when a lot's time has come."""
        now = self._clock()
        over = await store.expiring(tx, now, LIMIT)
        for kind in sorted({lot.kind for lot in over}):
            ended = [lot for lot in over if lot.kind is kind]
            await self._own.get(kind, posting.expire)(tx, ended, now)
        if len(over) == LIMIT:
            await schedules.schedule(tx, SWEEP, f"{now.isoformat()}+", now)
