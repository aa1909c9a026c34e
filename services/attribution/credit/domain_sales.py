"""What was sold, as far as credit needs it, and what of it nobody will hand over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """An order line as far as credit needs it; amounts in minor units."""

    line_no: int
    sku: str
    quantity: int
    by_measure: bool
    net: int
    seller: str
    fulfilling_location_id: str
    # units that nobody will hand over; `net` is without them
    given_up: int = 0

    @property
    def last_unit(self) -> int:
        """The index of the line's last unit; a good sold by measure is one unit."""
        return 0 if self.by_measure else max(self.quantity - 1, 0)

    @property
    def units(self) -> int:
        """How many units were sold, and not given up since."""
        return (1 if self.by_measure else self.quantity) - self.given_up

    @property
    def stands(self) -> bool:
        """False once all of its units were given up."""
        return not self.given_up or self.units > 0

    def without(self, runs: Sequence["Run"]) -> "Line":
        """What is left of it without these units."""
        own = [run for run in runs if run.line_no == self.line_no]
        net, units = sum(run.net for run in own), sum(run.units for run in own)
        return replace(self, net=self.net - net, given_up=self.given_up + units) if own else self


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale, online or in a store."""

    order_id: str
    member_id: str | None
    channel_kind: int
    location_id: str
    business_time: datetime
    currency_code: str
    staff_link_token: str
    lines: tuple[Line, ...]
    # the id under which it came, where that means somebody else by now
    named_id: str | None = None

    @property
    def revenue(self) -> int:
        """Net of all lines, minor units."""
        return sum(line.net for line in self.lines)

    @property
    def units(self) -> int:
        """Units of all lines."""
        return sum(line.units for line in self.lines)

    @property
    def stands(self) -> bool:
        """False once all of its lines were given up."""
        return not self.lines or any(line.stands for line in self.lines)

    def without(self, runs: Sequence["Run"]) -> "Sale":
        """What is left of it without these units."""
        if not runs:
            return self
        return replace(self, lines=tuple(line.without(runs) for line in self.lines))


@dataclass(frozen=True, slots=True)
class Run:
    """Units of a line that nobody will hand over, or that came back; net in minor units."""

    order_id: str
    line_no: int
    first: int
    last: int
    net: int
    # by which refund they came back
    refund_id: str | None = None

    @property
    def units(self) -> int:
        """How many they are."""
        return self.last - self.first + 1
