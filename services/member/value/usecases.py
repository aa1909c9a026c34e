"""Ends what was not spent in its time."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from kit import schedules
from kit.clock import Clock
from kit.leases import Due
from kit.postgres import Tx
from services.member.value import posting, store
from services.member.value.domain import Kind, Lot
from services.member.value.posting import SWEEP

LIMIT = 500
# as text in the order of time
_TO_THE_MICROSECOND = "%Y-%m-%dT%H:%M:%S.%f+00:00"
Ending = Callable[[Tx, Sequence[Lot], datetime], Awaitable[None]]


class Endings:
    """Expiry: an entry, never a deletion; packs of prepaid goods end by their own rule."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._own: dict[Kind, Ending] = {}

    def by(self, kind: Kind, ending: Ending) -> None:
        """Lots of this kind end like this."""
        self._own[kind] = ending

    async def sweep(self, tx: Tx, dues: Sequence[Due]) -> None:
        """Ends what is over by now; runs when a lot's time has come, and again behind the last of `LIMIT`."""
        now = self._clock()
        over = await store.expiring(tx, now, LIMIT, _behind(dues))
        for kind in sorted({lot.kind for lot in over}):
            ended = [lot for lot in over if lot.kind is kind]
            await self._own.get(kind, posting.expire)(tx, ended, now)
        if len(over) == LIMIT:
            last = over[-1]
            behind = f"{last.expire_time:{_TO_THE_MICROSECOND}} {last.lot_id}".encode()
            await schedules.schedule(tx, SWEEP, f"{now.isoformat()}+", now, behind)


def _behind(dues: Sequence[Due]) -> tuple[datetime, str] | None:
    """Where the rounds stand: what is over and waits for an order under way keeps nobody behind it from his end."""
    told = sorted(due.payload.decode() for due in dues)
    if not told or not told[0]:
        return None
    moment, lot_id = told[0].split()
    return datetime.fromisoformat(moment), lot_id
