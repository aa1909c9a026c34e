"""Decides a batch of holds, one after the other, as if each were alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.errors import Fault
from services.member.points import domain as points
from services.member.value import domain_taking
from services.member.value.domain import Frozen, Lot, Use
from services.member.wallet import domain
from services.member.wallet.domain import Hold, State


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish to set aside, and who wishes it."""

    hold_id: str
    member_id: str
    points: int
    uses: tuple[Use, ...]
    terminal_id: str
    # kind, id, terminal
    actor: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A hold that is granted, and what it takes of lots of value."""

    ask: Ask
    hold: Hold
    taken: tuple[domain_taking.Taken, ...]


@dataclass(slots=True)
class Books:
    """What a batch may decide on, read behind the locks of all its members; lots shrink as they are taken."""

    now: datetime
    # whom each id means, and which of those may spend nothing
    meant: Mapping[str, str]
    frozen: frozenset[str]
    holds: dict[str, Hold]
    points: dict[str, list[points.Lot]]
    value: list[Lot]
    point_value: int = 0
    made: list[Made] = field(default_factory=list)


def decide(books: Books, asks: Sequence[Ask]) -> list[Hold | Exception]:
    """One answer for each, in order; what is to be written stands in the books afterwards."""
    return [_one(books, ask) for ask in asks]


def _one(books: Books, ask: Ask) -> Hold | Exception:
    try:
        return _hold(books, ask)
    except Fault as fault:
        return fault


def _hold(books: Books, ask: Ask) -> Hold:
    member_id, asked = books.meant.get(ask.member_id, ask.member_id), domain.text(ask.uses)
    had = books.holds.get(ask.hold_id)
    if had is not None:
        return domain.same(had, member_id, ask.points, asked)
    if member_id in books.frozen:
        raise Frozen("nothing of this member's can be spent before a person has looked", member_id=member_id)
    lots = books.points.get(member_id, [])
    parts = points.take(lots, ask.points) if ask.points else []
    taken = _take(books, ask.uses, None if member_id == domain.NOBODY else member_id)
    books.points[member_id] = _without(lots, dict(parts))
    value = ask.points * books.point_value
    hold = Hold(ask.hold_id, member_id, State.ACTIVE, ask.points, value, tuple(parts), asked, ask.terminal_id)
    books.holds[ask.hold_id] = hold
    books.made.append(Made(ask, hold, tuple(taken)))
    return hold


def _take(books: Books, uses: Sequence[Use], member_id: str | None) -> list[domain_taking.Taken]:
    """All of it or nothing."""
    before = [(lot, lot.active, lot.held) for lot in books.value] if uses else []
    try:
        return domain_taking.take_all(uses, books.value, member_id, books.now)
    except Fault:
        for lot, active, held in before:
            lot.active, lot.held = active, held
        raise


def _without(lots: Sequence[points.Lot], taken: Mapping[str, int]) -> list[points.Lot]:
    return [replace(lot, available=lot.available - taken.get(lot.lot_id, 0)) for lot in lots]
