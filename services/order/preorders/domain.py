"""Goods that are sold before they are there: when, how many, where, and what that means for a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Preordered, Want

# the scope of a count: over all, of a channel, of the place that hands over
ALL = ""


class PreorderClosed(Fault):
    """The good is not sold now: its window has not begun, or is over."""

    code = Code.FAILED_PRECONDITION
    reason = "PREORDER_CLOSED"


class PreorderSoldOut(Fault):
    """A cap leaves less than is asked for."""

    code = Code.FAILED_PRECONDITION
    reason = "PREORDER_SOLD_OUT"


class PreorderTaken(Fault):
    """The SKU has another offer in force, or the offer another SKU."""

    code = Code.FAILED_PRECONDITION
    reason = "PREORDER_TAKEN"


@dataclass(frozen=True, slots=True)
class Offer:
    """A window, a day of release, and how much may be sold in all, by channel and by place; None: no cap."""

    offer_id: str
    sku: str
    start_time: datetime
    end_time: datetime
    release_time: datetime
    ship_location_id: str = ""
    ended: bool = False
    caps: Mapping[str, int] = field(default_factory=dict)
    """By scope."""
    version: int = 1

    def is_open(self, at: datetime) -> bool:
        """Whether it is sold at this moment."""
        return not self.ended and self.start_time <= at < self.end_time


@dataclass(frozen=True, slots=True)
class Count:
    """What of an offer is sold under one scope."""

    units: int
    cap: int | None

    def covers(self, more: int) -> bool:
        """Whether so much more may be sold."""
        return self.cap is None or self.units + more <= self.cap


def channel(channel_id: str) -> str:
    return f"c:{channel_id}"


def place(location_id: str) -> str:
    return f"l:{location_id}"


def scopes(cap: int | None, channels: Mapping[str, int], locations: Mapping[str, int]) -> dict[str, int]:
    """Caps by scope."""
    whole = {} if cap is None else {ALL: cap}
    by_channel = {channel(code): units for code, units in channels.items()}
    return dict(sorted({**whole, **by_channel, **{place(code): units for code, units in locations.items()}}.items()))


def checked(given: Offer, now: datetime) -> Offer:
    """The offer, if its times follow each other; one that is over before it is written sells nothing."""
    if not given.start_time < given.end_time:
        raise invalid("preorder.end_time", "must lie after start_time")
    if not given.end_time <= given.release_time:
        raise invalid("preorder.release_time", "must not lie before end_time")
    if given.release_time <= now:
        raise invalid("preorder.release_time", "must lie ahead")
    return given


def placed(offer: Offer, path: str, want: Want, at: datetime) -> Want:
    """The line, with the place that its goods will come to; refuses what is not sold yet, or no more.

    From the release on the good is one like all others.
    """
    if at >= offer.release_time:
        return want
    if want.method is Method.CARRY_OUT or not offer.is_open(at):
        raise PreorderClosed(
            f"{path}: {offer.sku} is not sold now",
            field=path,
            sku=offer.sku,
            offer_id=offer.offer_id,
            start_time=offer.start_time.isoformat(),
            end_time=offer.end_time.isoformat(),
            release_time=offer.release_time.isoformat(),
        )
    if want.method is not Method.SHIP or want.fulfilment_location_id:
        return want
    if not offer.ship_location_id:
        raise invalid(f"{path}.method", "must be COLLECT: it is shipped from nowhere")
    return replace(want, fulfilment_location_id=offer.ship_location_id)


def taken(offers: Mapping[str, Offer], wants: Sequence[Want], at: datetime) -> tuple[Preordered, ...]:
    """The lines that are sold before their goods are there."""
    return tuple(
        Preordered(number, offer.offer_id, want.sku, want.quantity, want.fulfilment_location_id, offer.release_time)
        for number, want in enumerate(wants, 1)
        if (offer := offers.get(want.sku)) is not None and at < offer.release_time
    )


def wanted(lines: Sequence[Preordered], channel_id: str) -> dict[tuple[str, str], int]:
    """By offer and scope, what all lines together take; in the order in which counts are locked."""
    found: dict[tuple[str, str], int] = {}
    for line in lines:
        for scope in (ALL, channel(channel_id), place(line.location_id)):
            found[line.offer_id, scope] = found.get((line.offer_id, scope), 0) + line.quantity
    return dict(sorted(found.items()))


def refusal(lines: Sequence[Preordered], key: tuple[str, str], count: Count | None) -> PreorderSoldOut:
    """What a buyer is told who is too late: by which line, and how much is left."""
    offer_id, scope = key
    kind, _, code = scope.partition(":")
    line = next(one for one in lines if one.offer_id == offer_id and (kind != "l" or one.location_id == code))
    left = max(count.cap - count.units, 0) if count is not None and count.cap is not None else 0
    return PreorderSoldOut(
        f"lines[{line.line_no - 1}]: {left} of {line.sku} are left to be ordered ahead",
        field=f"lines[{line.line_no - 1}].quantity",
        sku=line.sku,
        offer_id=offer_id,
        left=left,
        of={"c": "channel", "l": "location"}.get(kind, "all"),
        where=code,
    )
