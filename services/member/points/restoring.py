"""Points that were spent go back into their lots; one that has ended meanwhile lives again for a while."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from kit import schedules
from kit.postgres import Tx
from services.member.points import store, store_lots
from services.member.program import domain_calendar as calendar

SWEEP = "points.sweep"


async def into_lots(tx: Tx, member_id: str, parts: Sequence[tuple[str, int]], now: datetime, zone: ZoneInfo) -> None:
    """Puts parts (lot, points) back; call with the member locked.

    Where the program lets nothing live again, what comes back into a lot that
    has ended ends at once, by an entry of its own.
    """
    await store_lots.move(tx, member_id, {lot_id: (0, part, 0) for lot_id, part in parts})
    program = await store.program(tx)
    until = calendar.end_of_day(now, program.reinstate_days, zone) if program.reinstate_days else now
    if program.reinstate_days:
        await store_lots.reinstate(tx, member_id, [lot_id for lot_id, _ in parts], now, until)
    await schedules.schedule(tx, SWEEP, until.isoformat(), until)
