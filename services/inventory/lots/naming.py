"""Names the units that moved, inside the transaction that moved them and behind the locks of their levels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from google.protobuf.message import Message

from kit import access, timers
from kit.postgres import Tx
from services.inventory.lots import domain, store
from services.inventory.lots.domain import Balance, Lot, Units
from services.inventory.lots.domain_entries import Entry, Written
from services.inventory.stock import books
from services.inventory.stock.domain import Meanwhile, Movement, Place, Who
from services.inventory.tasks import opening

EXPIRE = "lots.expire"
CHECK = "LOT_CHECK"


async def follow(tx: Tx, moved: Sequence[Movement], now: datetime, zone: str) -> list[Message]:
    """Names the units of movements, each once however often it is told; gives the events to append.

    Nothing is refused: what does not fit (nobody knew the lot, it was elsewhere, it
    was sold before, it may not be sold) is written all the same, with a task.
    """
    naming = [one for one in moved if one.lots and one.quantity]
    if not naming:
        return []
    naming = await at_home(tx, naming)
    entries = [entry for one in naming for entry in _entries(one)]
    fresh, lots = await known(tx, naming, now, zone)
    written = await store.write(tx, entries)
    who = naming[0].who
    events = await shift(tx, _blocked(written, lots), who, now)
    await _flag(tx, written, entries, lots, fresh, now)
    return events


def _entries(one: Movement) -> list[Entry]:
    sign = 1 if one.quantity > 0 else -1
    return [
        Entry(one.sku, one.location_id, units.lot, units.serial, sign * units.quantity, one.kind, one.source_id,
              one.business_time, one.who, one.line_no, one.first)
        for units in one.lots
    ]  # fmt: skip


async def at_home(tx: Tx, moved: Sequence[Movement]) -> list[Movement]:
    """A serial belongs to the lot under which it was first named: a till need not say it, nor can it change it."""
    serials = [(one.sku, units.serial) for one in moved for units in one.lots if units.serial]
    homes = await store.homes(tx, serials)
    found = []
    for one in moved:
        units = [replace(unit, lot=homes.get((one.sku, unit.serial), unit.lot)) for unit in one.lots]
        found.append(replace(one, lots=tuple(domain.within(units, abs(one.quantity)))))
    return found


async def known(
    tx: Tx, moved: Sequence[Movement], now: datetime, zone: str
) -> tuple[set[tuple[str, domain.Key]], dict[tuple[str, domain.Key], Lot]]:
    """Those lots that are new, and all of them, locked; those with a last day leave by a timer."""
    day = domain.today(now, zone)
    wanted = {(one.sku, lot.key): lot for one in moved for units in one.lots for lot in _lots(one.sku, units, now)}
    given = [replace(one, state=domain.EXPIRED) if _over(one, day) else one for _, one in sorted(wanted.items())]
    fresh = await store.make(tx, given, now)
    lots = await store.lock(tx, wanted)
    if len(lots) < len(wanted):
        raise Meanwhile("a serial was named under another lot a moment ago")
    dated = [
        replace(one, expire_date=given.expire_date, version=one.version + 1)
        for given in wanted.values()
        if given.expire_date and (one := lots[given.sku, given.key]).expire_date is None
    ]
    for one in dated:
        await store.put(tx, one, access.current().actor)
    await watch(tx, [*dated, *(one for one in lots.values() if (one.sku, one.key) in fresh)], zone)
    return fresh, lots


def _lots(sku: str, units: Units, now: datetime) -> list[Lot]:
    """A serial of a lot is two: its last day is its lot's."""
    if not (units.lot and units.serial):
        return [Lot(sku, units.lot, units.serial, now, units.expire_date)]
    return [Lot(sku, units.lot, "", now, units.expire_date), Lot(sku, units.lot, units.serial, now)]


def _over(lot: Lot, day: date) -> bool:
    return lot.expire_date is not None and lot.expire_date < day


async def watch(tx: Tx, lots: Sequence[Lot], zone: str) -> None:
    """Has lots looked at when their last day is over."""
    dates = {(one.expire_date, one.sku) for one in lots if one.expire_date and one.state == domain.GOOD}
    due = [(f"{day.isoformat()}:{sku}", domain.over_at(day, zone), b"") for day, sku in sorted(dates)]
    await timers.schedule_many(tx, EXPIRE, due)


def _blocked(written: Sequence[Written], lots: Mapping[tuple[str, domain.Key], Lot]) -> list[tuple[Written, int, str]]:
    """What comes of lots that may not be sold is put aside, and what of them leaves was."""
    found = []
    for one in written:
        state = _state(one, lots)
        if state != domain.GOOD:
            wanted = min(max(0, one.put_aside + one.quantity), max(0, one.on_hand))
            found.append((one, wanted - one.put_aside, state))
    return found


def _state(one: Written, lots: Mapping[tuple[str, domain.Key], Lot]) -> str:
    whole = lots.get((one.sku, (one.lot, "")))
    return whole.state if whole and whole.state != domain.GOOD else lots[one.sku, one.key].state


async def shift(
    tx: Tx, changes: Sequence[tuple[Written | Balance, int, str]], who: Who, now: datetime
) -> list[Message]:
    """Puts so many units of lots aside, or back (negative), each for a reason; gives the events to append."""
    entries, moved = [], dict[tuple[Place, str, str], int]()
    for one, units, reason in changes:
        if units:
            source_id = f"lot:{one.lot or one.serial}"
            entries.append(
                Entry(one.sku, one.location_id, one.lot, one.serial, 0, "LOT", source_id, now, who,
                      put_aside=units, reason=reason)
            )  # fmt: skip
            key = ((one.sku, one.location_id), source_id, reason)
            moved[key] = moved.get(key, 0) + units
    await store.write(tx, entries)
    movements = [
        Movement(*place, "LOT", 0, now, source_id, who, quality_control=units, reason=reason)
        for (place, source_id, reason), units in sorted(moved.items())
    ]
    return await books.book(tx, movements, {}, now) if movements else []


async def restate(tx: Tx, place: Place, units: Sequence[Units], who: Who, now: datetime, zone: str) -> None:
    """These lots stand there and no others: what differs is written, and belongs to no named lot, or did not."""
    seen = Movement(*place, "LOT", sum(one.quantity for one in units), now, "count", who, lots=tuple(units))
    [seen] = await at_home(tx, [seen])
    if seen.lots:
        await known(tx, [seen], now, zone)
    wanted = {one.key: one.quantity for one in seen.lots}
    stands = {one.key: one.on_hand for one in (await store.here(tx, [place]))[place]}
    differs = {key: wanted.get(key, 0) - stands.get(key, 0) for key in sorted(wanted.keys() | stands.keys())}
    await store.write(
        tx,
        [
            Entry(*place, *key, units, "LOT", f"lot:{key[0] or key[1]}", now, who, reason="COUNTED")
            for key, units in differs.items()
            if units
        ],
    )


async def empty(tx: Tx, places: Sequence[Place], who: Who, at: datetime, reason: str) -> None:
    """Nothing is there, whatever its lot: what was put aside is not there either, as its level says by now."""
    standing = [one for found in (await store.here(tx, places)).values() for one in found]
    await store.write(
        tx,
        [
            Entry(one.sku, one.location_id, one.lot, one.serial, -one.on_hand, "LOT", f"lot:{one.lot or one.serial}",
                  at, who, put_aside=-one.put_aside, reason=reason)
            for one in standing
            if one.on_hand or one.put_aside
        ],
    )  # fmt: skip


async def _flag(
    tx: Tx,
    written: Sequence[Written],
    entries: Sequence[Entry],
    lots: Mapping[tuple[str, domain.Key], Lot],
    fresh: set[tuple[str, domain.Key]],
    now: datetime,
) -> None:
    """A person looks at what does not fit."""
    everywhere = await store.everywhere(tx, [(one.sku, one.serial) for one in written if one.serial])
    sources = {(entry.place, entry.key): entry for entry in entries}
    wanted = []
    for one in written:
        entry = sources[(one.sku, one.location_id), one.key]
        units = everywhere.get((one.sku, one.serial), 0)
        if rule := _wrong(one, entry, _state(one, lots), (one.sku, one.key) in fresh, units):
            details = {"sku": one.sku, "lot": one.lot, "serial": one.serial, "rule": rule,
                       "source_id": entry.source_id, "line_no": entry.line_no}  # fmt: skip
            wanted.append((CHECK, one.location_id, f"{one.sku}:{one.lot}:{one.serial}:{rule}", details))
    await opening.open_many(tx, wanted, now)


async def of_which_part(tx: Tx, kits: Sequence[Movement], now: datetime) -> None:
    """A person looks at lots of kits that could be of several of their parts: they are named of none."""
    wanted = []
    for one in kits:
        for units in one.lots:
            details = {"sku": one.sku, "lot": units.lot, "serial": units.serial, "rule": "WHICH_PART",
                       "source_id": one.source_id, "line_no": one.line_no}  # fmt: skip
            subject = f"{one.sku}:{units.lot}:{units.serial}:WHICH_PART"
            wanted.append((CHECK, one.location_id, subject, details))
    if wanted:
        await opening.open_many(tx, wanted, now)


def _wrong(one: Written, entry: Entry, state: str, fresh: bool, units: int) -> str:
    """What does not fit about units that were named; empty if nothing."""
    if one.quantity > 0:
        return "TWICE_HERE" if one.serial and (units > 1 or one.on_hand > 1) else ""
    if one.quantity < 0 and one.on_hand < 0:
        if fresh:
            return "UNKNOWN"
        return "SOLD_TWICE" if one.serial and units < 0 else "NOT_HERE"
    return state if state != domain.GOOD and entry.kind in ("SALE", "HANDOVER") else ""
