"""What the steps of a transfer do to stock: goods leave, come in, and are no longer promised to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from google.protobuf.message import Message

from kit.postgres import Tx
from services.inventory.lots import checking, naming, store_journal
from services.inventory.lots.domain import Units
from services.inventory.stock import books, store_holds, store_levels
from services.inventory.stock.domain import Level, Movement, Place, State, Who
from services.inventory.stock.store_states import Shift
from services.inventory.transfers.domain import Line, Transfer

# the lots of a SKU that moved
Named = Mapping[str, tuple[Units, ...]]


@dataclass(frozen=True, slots=True)
class Moved:
    """Who moved goods, when, and as far as it was said of which lots."""

    who: Who
    at: datetime
    now: datetime
    lots: Named = field(default_factory=dict)
    zone: str = "UTC"


async def leave(tx: Tx, before: Transfer, after: Transfer, given: Moved) -> list[Message]:
    """Goods leave the source and are on their way; what was held for them is not held any more."""
    levels = await _lock(tx, after)
    shifts = await _unhold(tx, before.hold_id, State.COMMITTED, "SHIPPED", given.now)
    moved = []
    for line in after.lines:
        if line.shipped:
            moved.append(_entry(after, line, after.from_location_id, -line.shipped, 0, given))
            _add(shifts, (line.sku, after.from_location_id), Shift(in_transit_out=line.shipped))
            _add(shifts, (line.sku, after.to_location_id), Shift(in_transit_in=line.shipped))
    if given.lots:
        await checking.booked(tx, moved, "lines[{}].lots", sold=True)
    events = await books.book(tx, moved, levels, given.now, shifts)
    return events + await naming.follow(tx, moved, given.now, given.zone)


async def come_in(tx: Tx, before: Transfer, after: Transfer, given: Moved) -> list[Message]:
    """Goods are at the destination, and no longer on their way, whether they were taken in or not."""
    levels = await _lock(tx, after)
    had = {line.sku: line for line in before.lines}
    carried = await store_journal.carried(tx, after.transfer_id)
    given = replace(given, lots={sku: tuple(units) for sku, units in carried.items()} | dict(given.lots))
    moved = []
    for line in after.lines:
        was = had.get(line.sku, Line(line.line_no, line.sku, 0))
        if fresh := line.taken_in - was.taken_in:
            damaged = line.damaged - was.damaged
            moved.append(_entry(after, line, after.to_location_id, fresh, damaged, given, was.taken_in))
    events = await books.book(tx, moved, levels, given.now, _arrived(before, after))
    return events + await naming.follow(tx, moved, given.now, given.zone)


async def give_up(tx: Tx, before: Transfer, after: Transfer, now: datetime) -> list[Message]:
    """What is still on its way will not come."""
    levels = await _lock(tx, after)
    return await books.book(tx, [], levels, now, _arrived(before, after))


async def free(tx: Tx, transfer: Transfer, hold_id: str, now: datetime) -> list[Message]:
    """What was promised to the transfer can be promised to others."""
    levels = await _lock(tx, transfer)
    shifts = await _unhold(tx, hold_id, State.RELEASED, "CANCELLED", now)
    return await books.book(tx, [], levels, now, shifts)


async def _lock(tx: Tx, transfer: Transfer) -> dict[Place, Level]:
    ends = (transfer.from_location_id, transfer.to_location_id)
    return await store_levels.lock(tx, [(line.sku, end) for line in transfer.lines for end in ends], make=True)


async def _unhold(tx: Tx, hold_id: str, state: State, reason: str, now: datetime) -> dict[Place, Shift]:
    """Ends the hold, if it stands; what is to be added to its levels, which are locked."""
    shifts: dict[Place, Shift] = {}
    hold = (await store_holds.by_id(tx, [hold_id], lock=True)).get(hold_id) if hold_id else None
    if hold is None or hold.state is not State.ACTIVE:
        return shifts
    await store_holds.end(tx, [replace(hold, state=state, reason=reason, version=hold.version + 1)], now)
    for line in hold.lines:
        if line.active:
            _add(shifts, line.place, Shift(held=-line.quantity))
    return shifts


def _arrived(before: Transfer, after: Transfer) -> dict[Place, Shift]:
    """What is on its way no longer, at both ends."""
    had = {line.sku: line.in_transit for line in before.lines}
    shifts: dict[Place, Shift] = {}
    for line in after.lines:
        if gone := had.get(line.sku, 0) - line.in_transit:
            _add(shifts, (line.sku, after.from_location_id), Shift(in_transit_out=-gone))
            _add(shifts, (line.sku, after.to_location_id), Shift(in_transit_in=-gone))
    return shifts


def _add(shifts: dict[Place, Shift], place: Place, shift: Shift) -> None:
    shifts[place] = shifts.get(place, Shift()) + shift


def _entry(
    transfer: Transfer, line: Line, place: str, quantity: int, damaged: int, given: Moved, first: int = 0
) -> Movement:
    """A journal entry of a line; its units count from the first that ever moved so, so that each part is another."""
    kind = "TRANSFER_OUT" if quantity < 0 else "TRANSFER_IN"
    return Movement(
        line.sku,
        place,
        kind,
        quantity,
        given.at,
        transfer.transfer_id,
        given.who,
        line_no=line.line_no,
        first=first,
        last=first + abs(quantity) - 1,
        damaged=damaged,
        lots=given.lots.get(line.sku, ()),
    )
