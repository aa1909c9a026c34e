"""What sending refuses, and what one walk along the shelves fetches."""

from collections.abc import Iterable
from dataclasses import dataclass

from kit.errors import Code, Fault
from services.order.checkout.domain import Method
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_states import State


class LabelNotReady(Fault):
    """No carrier has the parcel yet."""

    code = Code.FAILED_PRECONDITION
    reason = "LABEL_NOT_READY"


@dataclass(frozen=True, slots=True)
class Item:
    """A good to fetch, for one task after the other."""

    sku: str
    name: str
    shares: tuple[tuple[str, int], ...]

    @property
    def quantity(self) -> int:
        """For all of them."""
        return sum(many for _, many in self.shares)


def waits(given: Fulfilment) -> bool:
    """Whether a walk may take it along."""
    return given.method is Method.SHIP and given.state in (State.PLACED, State.ACCEPTED)


def items(given: Iterable[Fulfilment]) -> list[Item]:
    """What to fetch for those that are being picked, good by good."""
    wanted: dict[tuple[str, str], dict[str, int]] = {}
    for task in given:
        if task.state is not State.PICKING:
            continue
        for line in task.lines:
            shares = wanted.setdefault((line.sku, line.name), {})
            shares[task.fulfilment_id] = shares.get(task.fulfilment_id, 0) + line.quantity
    return [Item(sku, name, tuple(shares.items())) for (sku, name), shares in sorted(wanted.items())]
