"""Decides a batch of holds, releases and extensions, one after the other, as if each were alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kit.errors import Fault
from services.inventory.stock import domain_grants, domain_lives
from services.inventory.stock.domain import (
    Hold,
    Line,
    Meanwhile,
    OutOfStock,
    Place,
    State,
    Who,
)
from services.inventory.stock.domain_books import Books
from services.inventory.stock.domain_commands import Ask, Command, Expire, Extend, Reach, Release
from services.inventory.stock.domain_refusals import HoldEnded, HoldExpired, HoldNotFound, HoldReused

HARD_CAP = timedelta(hours=24)


def unsure(books: Books, answers: Sequence[Hold | Fault]) -> bool:
    """Whether the batch must be decided again by somebody who looks: only grants need no second look."""
    return not books.seen and any(isinstance(one, Fault) for one in answers)


def free(books: Books, over: Sequence[tuple[str, Line]]) -> None:
    """Gives back what carts held beyond their time: from now on it counts for nothing."""
    gone = {(hold_id, line.key) for hold_id, line in over}
    for _, line in over:
        books.delta[line.place] -= line.quantity
    for hold_id in {hold_id for hold_id, _ in over} & books.holds.keys():
        hold = books.holds[hold_id]
        lines = (replace(one, active=one.active and (hold_id, one.key) not in gone) for one in hold.lines)
        books.holds[hold_id] = replace(hold, lines=tuple(lines))


def decide(books: Books, commands: Sequence[Command]) -> list[Hold | Fault]:
    """One answer for each command, in order; what is to be written stands in the books afterwards."""
    answers = [_one(books, command) for command in commands]
    books.settle()
    return [books.made.get(one.hold_id, one) if isinstance(one, Hold) else one for one in answers]


def marked(
    answers: Sequence[Hold | Fault], waiting: Mapping[tuple[str, str, str, int], tuple[int, datetime | None]]
) -> list[Hold | Exception]:
    """The answers with what of their lines waits for goods, and until when."""
    found: list[Hold | Exception] = []
    for one in answers:
        if isinstance(one, Hold):
            parts = ((line, (line.sku, line.location_id, one.hold_id, line.line_no)) for line in one.lines)
            told = ((line, waiting.get(key, (0, None)) if line.active else (0, None)) for line, key in parts)
            lines = tuple(replace(line, backorder=units, promise_time=at) for line, (units, at) in told)
            found.append(replace(one, lines=lines))
        else:
            found.append(one)
    return found


def short(commands: Sequence[Command], answers: Sequence[Hold | Fault]) -> list[int]:
    """Who asked for more than is free where he asked: by number."""
    pairs = enumerate(zip(commands, answers, strict=True))
    return [n for n, (command, answer) in pairs if isinstance(command, Ask) and isinstance(answer, OutOfStock)]


def _one(books: Books, command: Command) -> Hold | Fault:
    try:
        match command:
            case Ask():
                return _hold(books, command)
            case Release():
                return _release(books, command)
            case Extend():
                return _extend(books, command)
            case Expire():
                return _expire(books, command)
    except Fault as fault:
        return fault


def _hold(books: Books, ask: Ask) -> Hold:
    known = books.holds.get(ask.hold_id)
    if known is not None:
        return _again(known, ask, books.now)
    taken_over = _taken_over(books, ask)
    freed = _active(taken_over) if taken_over else {}
    lines = _granted(books, ask, freed)
    if taken_over is not None:
        _end(books, replace(taken_over, state=State.RELEASED, reason="REPLACED"), None)
    ttl = domain_lives.life(books.lives, ask, lines)
    expires = books.now + ttl if ttl else None
    hold = Hold(ask.hold_id, State.ACTIVE, lines, books.now, expires, ask.order_id, ask.member_id, ask.fingerprint)
    books.delta.update(_active(books.counted(hold)))
    books.holds[hold.hold_id] = books.made[hold.hold_id] = hold
    return hold


def _again(known: Hold, ask: Ask, now: datetime) -> Hold:
    """The same request gets the same answer, unless its hold is over."""
    state = known.seen_at(now)
    if state in (State.RELEASED, State.COMMITTED):
        raise HoldEnded(known.hold_id, state, "request_id")
    if known.fingerprint != ask.fingerprint:
        raise HoldReused("this hold id was used with another body", request_id=ask.hold_id)
    if state is State.EXPIRED:
        raise HoldExpired(known.hold_id, "request_id")
    return replace(known, again=True)


def _taken_over(books: Books, ask: Ask) -> Hold | None:
    """The cart's hold that an order's hold takes over; one that is over has nothing to give."""
    if not ask.replaces:
        return None
    cart = books.holds.get(ask.replaces)
    if cart is None or cart.order_id or cart.member_id != ask.member_id:
        raise HoldNotFound(ask.replaces, "replaces_hold_id")
    return cart if cart.state is State.ACTIVE else None


def _granted(books: Books, ask: Ask, freed: Mapping[Place, int]) -> tuple[Line, ...]:
    """The lines that can be held, and where they stand."""
    domain_grants.promisable(books, ask)
    if books.boards is None:
        return domain_grants.free(books, ask, freed)
    return books.boards.grant(ask, books.holds[ask.replaces] if freed else None, books.now)


def _release(books: Books, release: Release) -> Hold:
    hold = books.holds.get(release.hold_id)
    if hold is None:
        # the Release that overtook its Hold: whoever comes later finds this
        tombstone = Hold(release.hold_id, State.RELEASED, (), books.now, member_id=release.reach.member_id)
        books.holds[release.hold_id] = books.made[release.hold_id] = tombstone
        return tombstone
    hold = _owned(books, release.hold_id, release.reach)
    if hold.state is State.COMMITTED:
        raise HoldEnded(hold.hold_id, hold.state)
    if hold.state is not State.ACTIVE:
        return hold
    state = hold.seen_at(books.now)
    ended = replace(hold, state=State.RELEASED if state is State.ACTIVE else state, reason=release.reason)
    return _end(books, ended, release.who)


def _extend(books: Books, extend: Extend) -> Hold:
    hold = _owned(books, extend.hold_id, extend.reach)
    state = hold.seen_at(books.now)
    if state is State.EXPIRED:
        raise HoldExpired(hold.hold_id)
    if state is not State.ACTIVE:
        raise HoldEnded(hold.hold_id, state)
    _reached(books, hold)
    if hold.expire_time is None:
        return hold
    ttl = domain_lives.life(books.lives, extend, hold.lines) or extend.ttl
    end = min(books.now + ttl, hold.create_time + HARD_CAP)
    moved = replace(hold, expire_time=max(end, hold.expire_time))
    books.holds[hold.hold_id] = moved
    books.moved[hold.hold_id] = moved
    return moved


def _expire(books: Books, expire: Expire) -> Hold:
    hold = books.holds.get(expire.hold_id)
    if hold is None:
        raise HoldNotFound(expire.hold_id)
    if hold.state is not State.ACTIVE or hold.seen_at(books.now) is State.ACTIVE:
        return hold
    return _end(books, replace(hold, state=State.EXPIRED, reason="EXPIRED"), None)


def _owned(books: Books, hold_id: str, reach: Reach) -> Hold:
    """The hold, unless it is out of the caller's reach: that one is not told from one that never was."""
    hold = books.holds.get(hold_id)
    if hold is None or not reach.covers(hold):
        raise HoldNotFound(hold_id)
    return hold


def _end(books: Books, ended: Hold, who: Who | None) -> Hold:
    """Gives back what the hold still has."""
    _reached(books, ended)
    books.delta.subtract(_active(books.counted(ended)))
    ended = replace(ended, lines=tuple(replace(line, active=False) for line in ended.lines), version=ended.version + 1)
    books.holds[ended.hold_id] = ended
    books.moved.pop(ended.hold_id, None)
    if books.made.pop(ended.hold_id, None) is not None:
        books.made[ended.hold_id] = ended  # made and ended in one batch: written once, as it ended
    else:
        books.ended[ended.hold_id] = (ended, who)
    return ended


def _reached(books: Books, hold: Hold) -> None:
    """What was made, or moved, after it was looked up stands where nothing is locked."""
    if any(line.active and line.place not in books.levels for line in hold.lines):
        raise Meanwhile("the hold was made or moved a moment ago", hold_id=hold.hold_id)


def _active(hold: Hold) -> Counter[Place]:
    found: Counter[Place] = Counter()
    for line in hold.lines:
        if line.active:
            found[line.place] += line.quantity
    return found
