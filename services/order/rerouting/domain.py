"""What a shopper is asked whose store cannot: what lacks, by when he chooses, and what becomes of each line then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import Line, Method, Order
from services.order.fulfilment import domain_cancelled
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_units import Run


class State(StrEnum):
    """Where a question stands."""

    ASKED = "ASKED"
    MOVING = "MOVING"
    SETTLED = "SETTLED"


class Option(StrEnum):
    """What can be chosen."""

    NONE = ""
    COLLECT = "COLLECT"
    SHIP = "SHIP"
    SPLIT = "SPLIT"
    CANCEL = "CANCEL"


class LinkInvalid(Fault):
    code = Code.NOT_FOUND
    reason = "PICKUP_LINK_INVALID"


class ChoiceMade(Fault):
    """Somebody chose something else before."""

    code = Code.FAILED_PRECONDITION
    reason = "PICKUP_CHOICE_MADE"


@dataclass(frozen=True, slots=True)
class Terms:
    """The brand's; without any a store's no ends the order."""

    ask: bool = False
    hours: int = 24
    otherwise: Option = Option.CANCEL
    version: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """One question, and its answer."""

    choice_id: str
    order_id: str
    order_no: str
    location_id: str
    line_nos: tuple[int, ...]
    state: State
    deadline_time: datetime
    otherwise: Option
    update_time: datetime
    chosen: Option = Option.NONE
    target_location_id: str = ""
    target_line_nos: tuple[int, ...] = ()
    contact_id: str = ""

    def lines(self, order: Order) -> list[Line]:
        """What lacks."""
        return [line for line in order.lines if line.line_no in self.line_nos]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody chooses."""

    option: Option
    location_id: str = ""
    contact_id: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """Lines that go together: to a store where they are collected, or, with none named, to whoever ships them."""

    line_nos: tuple[int, ...]
    target: str

    @property
    def method(self) -> Method:
        return Method.COLLECT if self.target else Method.SHIP


def checked(given: Terms) -> Terms:
    if not 1 <= given.hours <= 720:
        raise invalid("policy.hours", "must be 1 to 720")
    if given.otherwise not in (Option.SHIP, Option.CANCEL):
        raise invalid("policy.otherwise", "must be SHIP or CANCEL")
    return given


def asked(choice_id: str, part: Fulfilment, line_nos: Collection[int], terms: Terms, now: datetime) -> Choice:
    """The question about what a store rejected."""
    until = now + timedelta(hours=terms.hours)
    lines = tuple(sorted(set(line_nos)))
    return Choice(
        choice_id, part.order_id, part.order_no, part.location_id, lines, State.ASKED, until, terms.otherwise, now
    )


def choose(given: Choice, wish: Wish, there: Sequence[int], now: datetime) -> Choice:
    """The question with its answer; `there`: the lines that the chosen store has whole.

    The same answer again changes nothing, and of two only the first counts.
    """
    if given.state is not State.ASKED:
        if (wish.option, wish.location_id) != (given.chosen, given.target_location_id):
            raise ChoiceMade(
                "something else was chosen before", chosen=given.chosen, location_id=given.target_location_id
            )
        return given
    _check(given, wish, there)
    lines = {Option.COLLECT: given.line_nos, Option.SPLIT: tuple(there)}.get(wish.option, ())
    return replace(
        given, state=State.MOVING, chosen=wish.option, target_location_id=wish.location_id, target_line_nos=lines,
        contact_id=wish.contact_id, update_time=now,
    )  # fmt: skip


def _check(given: Choice, wish: Wish, there: Sequence[int]) -> None:
    by_store = wish.option in (Option.COLLECT, Option.SPLIT)
    if wish.option is Option.NONE:
        raise invalid("option", "must be COLLECT, SHIP, SPLIT or CANCEL")
    if by_store != bool(wish.location_id):
        raise invalid("location_id", "must be given for COLLECT and SPLIT, and for nothing else")
    if wish.location_id == given.location_id:
        raise invalid("location_id", "must be another store")
    if wish.option is Option.SPLIT and not (there and set(given.line_nos) - set(there)):
        raise invalid("option", "must be COLLECT or SHIP where nothing is left to split")


def unchosen(given: Choice, now: datetime) -> Choice:
    """As if nothing had been chosen: the goods went to somebody else a moment before."""
    return replace(
        given, state=State.ASKED, chosen=Option.NONE, target_location_id="", target_line_nos=(), contact_id="",
        update_time=now,
    )  # fmt: skip


def by_default(given: Choice, now: datetime) -> Choice:
    """What follows when nobody chose in time."""
    return replace(given, state=State.MOVING, chosen=given.otherwise, update_time=now)


def settled(given: Choice, now: datetime) -> Choice:
    return replace(given, state=State.SETTLED, update_time=now)


def moves(given: Choice) -> list[Move]:
    """Where which lines go; none where all of it is cancelled."""
    match given.chosen:
        case Option.COLLECT:
            return [Move(given.line_nos, given.target_location_id)]
        case Option.SHIP:
            return [Move(given.line_nos, "")]
        case Option.SPLIT:
            rest = tuple(number for number in given.line_nos if number not in given.target_line_nos)
            return [Move(given.target_line_nos, given.target_location_id), Move(rest, "")]
    return []


def lacking(
    order: Order, given: Choice, parts: Sequence[Fulfilment], gone: Sequence[Cancelled]
) -> list[tuple[Line, Run]]:
    """The units that wait for the answer: of these lines, what nobody has and nobody cancelled."""
    standing = [part for part in parts if part.stands]
    return [(line, run) for line, run in domain_cancelled.free(order, standing, gone) if line.line_no in given.line_nos]
