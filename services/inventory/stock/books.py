"""Books what moved goods on the floor: journal, levels, what is short of them, and who must hear of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from google.protobuf.message import Message

from kit.postgres import Tx
from services.inventory.stock import domain, journal, ledger, store_movements, store_states
from services.inventory.stock.domain import Demand, Levels, Movement, Place
from services.inventory.stock.store_states import Shift


async def book(
    tx: Tx,
    moved: Sequence[Movement],
    levels: Levels,
    now: datetime,
    also: Mapping[Place, Shift] | None = None,
) -> list[Message]:
    """Writes entries that were not told before and adds them to levels that are locked; gives the events to append.

    What a count has seen already is undone. `also` is added to the levels
    beside the entries: promises that end, goods on their way.
    """
    fresh = await store_movements.insert(tx, moved)
    undone = domain.late(fresh, levels)
    await store_movements.insert(tx, undone)
    return await post(tx, [*fresh, *undone], now, also)


async def post(
    tx: Tx, written: Sequence[Movement], now: datetime, also: Mapping[Place, Shift] | None = None
) -> list[Message]:
    """Adds entries that are in the journal to levels that are locked; gives the events to append."""
    shifts = dict(also or {})
    for one in written:
        shifts[one.place] = shifts.get(one.place, Shift()) + _shift(one)
    wanted = {place: shift for place, shift in sorted(shifts.items()) if shift != Shift()}
    applied = await store_states.apply(tx, wanted)
    return await ledger.balance(tx, applied, demands(written), now, tell_all=True)


def _shift(one: Movement) -> Shift:
    change = journal.change(one)
    opens = change.opens or (one.kind in ("TRANSFER_IN", "FEED") and one.quantity > 0)
    return Shift(one.quantity, damaged=one.damaged, quality_control=one.quality_control, opens=opens)


def demands(moved: Sequence[Movement]) -> list[Demand]:
    """What entries took from what can be promised."""
    taken = [(one, one.damaged + one.quality_control - one.quantity) for one in moved]
    return [
        Demand(one.sku, one.location_id, units, one.source_id, one.line_no, one.business_time)
        for one, units in taken
        if units > 0
    ]
