"""How the brand has its stores send: in how long, and what a store may say no to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kit.errors import invalid
from services.order.fulfilment import domain
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import State

_MOST_MINUTES = 60 * 24 * 60


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of them; without any, these."""

    version: int = 0
    ready_minutes: int = 240
    ship_minutes: int = 1440
    partial_rejection: bool = True
    collateral_rejection: bool = False
    default_carrier: str = ""
    transfer_minutes: int = 4320


def checked(given: Terms) -> Terms:
    """The terms, refused by field."""
    for name in ("ready_minutes", "ship_minutes", "transfer_minutes"):
        if not 0 < getattr(given, name) <= _MOST_MINUTES:
            raise invalid(f"terms.{name}", f"must be 1 to {_MOST_MINUTES}")
    return given


def within(given: Fulfilment, state: State, at: datetime, terms: Terms) -> Fulfilment:
    """The task one step on, and until when the next one should follow."""
    after = domain.move(given, state)
    if after is given:
        return given
    if state is State.ACCEPTED:
        return replace(after, ready_deadline=at + timedelta(minutes=terms.ready_minutes), late=False)
    return replace(after, ship_deadline=at + timedelta(minutes=terms.ship_minutes), late=False)
