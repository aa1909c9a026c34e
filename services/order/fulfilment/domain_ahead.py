"""Tasks of goods that were ordered ahead: on hold beside the others until their goods are there."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.order.checkout.domain import Order
from services.order.checkout.domain_delivery import Parked
from services.order.fulfilment import domain
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import Capture, Reason, State


def parked(order: Order) -> tuple[Parked, ...]:
    """The lines that were ordered ahead."""
    return order.delivery.parked if order.delivery else ()


def opened(order: Order, at: datetime, ids: Sequence[str]) -> list[Fulfilment]:
    """The tasks of an order as it is confirmed; what was ordered ahead gets tasks of its own, one for each offer."""
    waiting = parked(order)
    if not waiting:
        return domain.opened(order, at, ids)
    by_offer: dict[tuple[datetime, str], set[int]] = {}
    for one in waiting:
        by_offer.setdefault((one.release_time, one.offer_id), set()).add(one.line_no)
    ahead = {one.line_no for one in waiting}
    rest = replace(order, lines=tuple(line for line in order.lines if line.line_no not in ahead))
    found = domain.opened(rest, at, ids)
    for part_no, ((day, _), numbers) in enumerate(sorted(by_offer.items()), 1):
        lines = tuple(line for line in order.lines if line.line_no in numbers)
        fresh = domain.opened(replace(order, lines=lines), at, ids[len(found) :])
        found += [_waiting(part, day, part_no) for part in fresh]
    return found


def _waiting(part: Fulfilment, day: datetime, part_no: int) -> Fulfilment:
    held = domain.hold(part, Reason.PREORDER)
    return replace(held, part_no=part_no, accept_deadline=day + domain.ACCEPT_WITHIN)


def first_day(order: Order) -> datetime | None:
    """When something of the order might begin; None where nothing was ordered ahead."""
    return min((one.release_time for one in parked(order)), default=None)


def waits(part: Fulfilment) -> bool:
    """Whether the task waits for its goods or their day."""
    return part.state is State.ON_HOLD and part.reason == Reason.PREORDER


def day(order: Order, part: Fulfilment) -> datetime:
    """From when on a task may begin."""
    mine = {line.line_no for line in part.lines}
    return max(one.release_time for one in parked(order) if one.line_no in mine)


def ripe(order: Order, part: Fulfilment, missing: Collection[int], now: datetime) -> bool:
    """Whether its day has come, and nothing of it is missing."""
    return day(order, part) <= now and not any(line.line_no in missing for line in part.lines)


def released(part: Fulfilment, parts: Sequence[Fulfilment]) -> Fulfilment:
    """The task as it begins: on hold again where the money for another part was refused meanwhile."""
    begun = domain.release(part, Reason.PREORDER)
    refused = any(one.capture is Capture.FAILED for one in parts)
    return domain.hold(begun, Reason.CAPTURE_FAILED) if refused else begun
