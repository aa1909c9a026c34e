"""The life of a transfer: what was asked, left, came in, and does not fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kit.errors import Code, Fault, invalid


class TransferState(Fault):
    """That step is not possible from where the transfer is."""

    code = Code.FAILED_PRECONDITION
    reason = "TRANSFER_STATE"


@dataclass(frozen=True, slots=True)
class Line:
    """One SKU; nothing was asked of goods that came unasked."""

    line_no: int
    sku: str
    quantity: int
    shipped: int = 0
    accepted: int = 0
    damaged: int = 0
    rejected: int = 0
    closed: bool = False

    @property
    def taken_in(self) -> int:
        """What is on hand at the destination."""
        return self.accepted + self.damaged

    @property
    def arrived(self) -> int:
        return self.taken_in + self.rejected

    @property
    def in_transit(self) -> int:
        """On its way: what arrived is not, whether it was taken in or not."""
        return 0 if self.closed else max(0, self.shipped - self.arrived)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """How what came differs from what left."""

    sku: str
    kind: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """Goods that move from one location to another."""

    transfer_id: str
    from_location_id: str
    to_location_id: str
    state: str
    lines: tuple[Line, ...]
    create_time: datetime
    note: str = ""
    hold_id: str = ""
    ship_time: datetime | None = None
    close_time: datetime | None = None
    version: int = 1
    discrepancies: tuple[Discrepancy, ...] = ()
    order_id: str = ""
    """The order that it is reserved for, or came back from: order says how far it is, and nobody moves it here."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came in of a SKU."""

    sku: str
    accepted: int
    damaged: int
    rejected: int


def free_to_move(transfer: Transfer) -> None:
    """Refuses what order moves: its stores say there what left and what came."""
    if transfer.order_id:
        raise TransferState(
            "the transfer is an order's: say it of the order's task, or of its return",
            transfer_id=transfer.transfer_id, state=transfer.state, order_id=transfer.order_id,
        )  # fmt: skip


def must_be(transfer: Transfer, *states: str) -> None:
    """Refuses a step that is not possible from here."""
    if transfer.state not in states:
        raise TransferState(f"the transfer is {transfer.state}", transfer_id=transfer.transfer_id, state=transfer.state)


def ship(transfer: Transfer, left: Mapping[str, int], at: datetime) -> Transfer:
    """The transfer on its way: all that was asked but for what `left` says."""
    must_be(transfer, "APPROVED")
    asked = {line.sku: line.quantity for line in transfer.lines}
    for sku, quantity in left.items():
        if not 0 <= quantity <= asked.get(sku, -1):
            raise invalid("lines", f"no more than {asked.get(sku, 0)} of {sku} can leave")
    lines = tuple(replace(line, shipped=left.get(line.sku, line.quantity)) for line in transfer.lines)
    if not any(line.shipped for line in lines):
        raise invalid("lines", "something must leave; a transfer of which nothing leaves is cancelled")
    return replace(transfer, state="SHIPPED", lines=lines, ship_time=at)


def receive(transfer: Transfer, came: Sequence[Arrival]) -> Transfer:
    """The transfer with what came in added; more than was sent, or other goods, are added too."""
    must_be(transfer, "SHIPPED", "RECEIVED")
    lines = {line.sku: line for line in transfer.lines}
    for one in came:
        held = lines.get(one.sku) or Line(len(lines) + 1, one.sku, 0)
        lines[one.sku] = replace(
            held,
            accepted=held.accepted + one.accepted,
            damaged=held.damaged + one.damaged,
            rejected=held.rejected + one.rejected,
        )
    return replace(transfer, state="RECEIVED", lines=tuple(lines.values()))


def close(transfer: Transfer, at: datetime) -> Transfer:
    """The transfer at its end: nothing is on its way, and what differs is said."""
    must_be(transfer, "SHIPPED", "RECEIVED")
    found = tuple(one for line in transfer.lines for one in _differs(line))
    lines = tuple(replace(line, closed=True) for line in transfer.lines)
    return replace(transfer, state="CLOSED", lines=lines, discrepancies=found, close_time=at)


def _differs(line: Line) -> list[Discrepancy]:
    over = line.arrived - line.shipped
    found = {
        "UNDER": max(0, -over),
        "OVER": max(0, over) if line.shipped else 0,
        "MIS_SHIPPED": 0 if line.shipped else over,
        "DAMAGED": line.damaged,
        "REJECTED": line.rejected,
    }
    return [Discrepancy(line.sku, kind, quantity) for kind, quantity in found.items() if quantity]
