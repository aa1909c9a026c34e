"""The states that a fulfilment moves through by its method, as data; and why it changed, where nobody says."""

from collections.abc import Mapping
from enum import StrEnum

from services.order.checkout.domain import Method


class State(StrEnum):
    """Where a fulfilment stands."""

    PLACED = "PLACED"
    ACCEPTED = "ACCEPTED"
    PICKING = "PICKING"
    READY = "READY"
    HANDED_OVER = "HANDED_OVER"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    ON_HOLD = "ON_HOLD"
    EXPIRED = "EXPIRED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"
    IN_TRANSIT = "IN_TRANSIT"
    ARRIVED = "ARRIVED"


class Capture(StrEnum):
    """Where its part of the order's money stands."""

    OPEN = "OPEN"
    DUE = "DUE"
    CAPTURED = "CAPTURED"
    FAILED = "FAILED"


class Reason(StrEnum):
    """Why a fulfilment changed, where nobody gave a reason of his own."""

    ACCEPT_LATE = "ACCEPT_LATE"
    NOT_COLLECTED = "NOT_COLLECTED"
    PARTLY = "PARTLY"
    AT_THE_STORE = "AT_THE_STORE"
    CAPTURE_FAILED = "CAPTURE_FAILED"
    CAPTURED = "CAPTURED"
    PIN_RENEWED = "PIN_RENEWED"
    OTHER_PART_REJECTED = "OTHER_PART_REJECTED"
    SOURCED_ELSEWHERE = "SOURCED_ELSEWHERE"
    UNFILLABLE = "UNFILLABLE"
    PREORDER = "PREORDER"
    EDITED = "EDITED"
    READY_LATE = "READY_LATE"
    SHIP_LATE = "SHIP_LATE"
    BY_CARRIER = "BY_CARRIER"
    PARCEL_LOST = "PARCEL_LOST"
    PARCEL_RETURNED = "PARCEL_RETURNED"
    SPLIT = "SPLIT"
    MERGED = "MERGED"
    RELEASED = "RELEASED"
    MOVING = "MOVING"
    MOVE_REFUSED = "MOVE_REFUSED"
    SENT_FOR = "SENT_FOR"
    FOUND = "FOUND"


Steps = Mapping[State, frozenset[State]]

_ENDED: dict[State, frozenset[State]] = {state: frozenset() for state in (State.REJECTED, State.CANCELLED)}

_COLLECT: dict[State, frozenset[State]] = {
    State.PLACED: frozenset({State.ACCEPTED, State.REJECTED, State.CANCELLED}),
    State.ACCEPTED: frozenset({State.PICKING, State.REJECTED, State.CANCELLED}),
    State.PICKING: frozenset({State.READY, State.REJECTED, State.CANCELLED}),
    State.READY: frozenset({State.HANDED_OVER, State.EXPIRED, State.CANCELLED}),
    # the shopper comes after all
    State.EXPIRED: frozenset({State.READY, State.CANCELLED}),
    State.ON_HOLD: frozenset({State.CANCELLED}),
    State.HANDED_OVER: frozenset(),
    # sent here from another place
    State.ARRIVED: frozenset({State.READY, State.REJECTED, State.CANCELLED}),
}

# READY and handed over: to a driver of the brand's own, without parcels
_SHIP: dict[State, frozenset[State]] = _COLLECT | {
    State.PICKING: frozenset({State.PACKED, State.READY, State.REJECTED, State.CANCELLED}),
    State.PACKED: frozenset({State.SHIPPED, State.CANCELLED}),
    State.SHIPPED: frozenset({State.DELIVERED, State.UNDELIVERED}),
    # given back by somebody at the door, as its carrier says later; or found after all
    State.DELIVERED: frozenset({State.UNDELIVERED}),
    State.UNDELIVERED: frozenset({State.DELIVERED}),
}

# sent to the store where the shopper collects it: it ends there, where the store's own task begins
LEG: Steps = _ENDED | {
    State.PLACED: _COLLECT[State.PLACED],
    State.ACCEPTED: _COLLECT[State.ACCEPTED],
    State.PICKING: frozenset({State.IN_TRANSIT, State.REJECTED, State.CANCELLED}),
    State.IN_TRANSIT: frozenset({State.CANCELLED}),
    State.ON_HOLD: frozenset({State.CANCELLED}),
}

NEXT: Mapping[Method, Steps] = {
    Method.COLLECT: _COLLECT | _ENDED,
    Method.SHIP: _SHIP | _ENDED,
}
"""By method: which states may follow which. A state that has no entry is not one of that method."""

_ON_THEIR_WAY = frozenset({State.PLACED, State.ACCEPTED, State.PICKING, State.READY, State.ARRIVED})
HOLDABLE: Mapping[Method, frozenset[State]] = {
    Method.COLLECT: _ON_THEIR_WAY,
    Method.SHIP: _ON_THEIR_WAY | {State.PACKED},
}
"""By method: what can be stopped on its way, to go on later from where it was."""

OWN_HOLDS = frozenset({Reason.CAPTURE_FAILED, Reason.PREORDER, Reason.MOVING, Reason.SENT_FOR})
"""Why the service itself holds a task back: only what it waits for lets it go on."""

GONE = frozenset({State.HANDED_OVER, State.SHIPPED, State.DELIVERED, State.UNDELIVERED})
"""Its units left the place: their money is due, and only a return brings them back."""
