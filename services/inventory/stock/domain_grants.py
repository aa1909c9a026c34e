"""Grants what a hold asks for out of what is free, and moves nobody for it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kit.errors import Fault
from services.inventory.stock.domain import (
    Line,
    LocationClosed,
    Place,
    UnknownChannel,
    UnknownLocation,
    UnknownSku,
)
from services.inventory.stock.domain_books import Books
from services.inventory.stock.domain_commands import Ask
from services.inventory.stock.domain_trial import lacking


def promisable(books: Books, ask: Ask) -> None:
    """Refuses what is no good, no location or no channel, and what is closed; the fault names the line's field."""
    for line in ask.lines:
        if line.place not in books.levels and not books.skus.get(line.sku, False):
            raise _refusal(UnknownSku, ask, line, "sku", "must be in the catalogue")
        if line.pool_id:
            if line.pool_id not in books.channels:
                raise _refusal(UnknownChannel, ask, line, "pool_id", "must be a channel")
            continue
        door = books.doors.get(line.location_id)
        if door is None:
            raise _refusal(UnknownLocation, ask, line, "location_id", "must be a location")
        if not door:
            raise _refusal(LocationClosed, ask, line, "location_id", "must be a location that sells now")


def _refusal(kind: type[Fault], ask: Ask, line: Line, name: str, rule: str) -> Fault:
    """By the field as whoever asked wrote it: the parts of a kit are one of his lines."""
    numbers = list(dict.fromkeys(one.line_no for one in ask.lines))
    field = f"lines[{numbers.index(line.line_no)}].{name}"
    said: dict[str, Any] = {"field": field, "rule": rule, name: getattr(line, name)}
    return kind(f"{field}: {rule}", **said)


def free(books: Books, ask: Ask, freed: Mapping[Place, int]) -> tuple[Line, ...]:
    """All lines, with where the pooled ones stand, if what is free will do: the demand of a place is summed."""
    demand: Counter[Place] = Counter()
    for line in ask.lines:
        if not line.pool_id:
            demand[line.place] += line.quantity
    for place, wanted in demand.items():
        left = books.free(place) + freed.get(place, 0)
        if left < wanted or place[0] in books.mending:
            raise lacking(Line(0, *place, wanted), max(0, left))
    if all(not line.pool_id for line in ask.lines):
        return ask.lines
    whole = _wholes(books, ask, freed, demand)
    return tuple(
        part
        for line in ask.lines
        for part in ([whole[line.key]] if line.key in whole else _parts(books, line, freed, demand))
    )


def _wholes(
    books: Books, ask: Ask, freed: Mapping[Place, int], taken: Counter[Place]
) -> dict[tuple[int, str, str], Line]:
    """The parts of pooled kits: all kits of a line at the first place that has all parts of them."""
    groups: dict[int, list[Line]] = {}
    for line in ask.lines:
        if line.kits and line.pool_id:
            groups.setdefault(line.line_no, []).append(line)
    found: dict[tuple[int, str, str], Line] = {}
    for group in groups.values():
        rooms = [_rooms(books, line, freed, taken) for line in group]
        every = list(zip(group, rooms, strict=True))
        at = next((one for one in rooms[0] if all(those.get(one, 0) >= line.quantity for line, those in every)), None)
        if at is None or any(line.sku in books.mending or _could(books, line, those) < 0 for line, those in every):
            # whoever sees all that is promised may find more
            raise lacking(group[0], 0)
        for line in group:
            taken[line.sku, at] += line.quantity
            found[line.key] = replace(line, location_id=at)
    return found


def _could(books: Books, line: Line, rooms: Mapping[str, int]) -> int:
    """What is left over for the channel beyond what it must leave."""
    return sum(rooms.values()) - books.limits.threshold(line.pool_id, line.sku) - line.quantity


def _rooms(books: Books, line: Line, freed: Mapping[Place, int], taken: Counter[Place]) -> dict[str, int]:
    """What each place of the pool has for it."""
    limits, rooms = books.limits, dict[str, int]()
    for location_id in limits.pool(line.pool_id, line.sku):
        place = (line.sku, location_id)
        if place in books.levels:
            kept = limits.safety(line.sku, location_id)
            rooms[location_id] = max(0, books.free(place) + freed.get(place, 0) - taken[place] - kept)
    return rooms


def _parts(books: Books, line: Line, freed: Mapping[Place, int], taken: Counter[Place]) -> list[Line]:
    """Where a pooled line stands: all of it at the best place that has it all, else at as few as will do."""
    if not line.pool_id:
        return [line]
    rooms = _rooms(books, line, freed, taken)
    could = line.quantity + _could(books, line, rooms)
    if could < line.quantity or line.sku in books.mending:
        raise lacking(line, max(0, could))
    found, left = [], line.quantity
    for location_id in sorted(rooms, key=lambda one: rooms[one] < line.quantity):
        if units := min(left, rooms[location_id]):
            taken[line.sku, location_id] += units
            found.append(replace(line, location_id=location_id, quantity=units))
            left -= units
    return found
