"""An order as it stands when somebody wants to change it: who works on it, what was given up, what is asked about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from services.order.checkout.domain import Line, Order
from services.order.freight.domain import Terms
from services.order.fulfilment import domain_units
from services.order.fulfilment.domain import Fulfilment
from services.order.fulfilment.domain_cancelled import Cancelled
from services.order.fulfilment.domain_states import State
from services.order.fulfilment.domain_units import Run

TOO_LATE, REFUSED = "EDIT_TOO_LATE", "EDIT_REFUSED"
Why = tuple[str, str] | tuple[str, str, str] | None
"""Why not: a reason, what people read, and the action's field where it is one; None: nothing stands in its way."""
_OPEN = (State.PLACED, State.ACCEPTED, State.PICKING)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order, who works on it, and what of it was given up before."""

    order: Order
    parts: Sequence[Fulfilment]
    gone: Sequence[Cancelled]
    fees: Terms = field(default_factory=Terms)
    """What bringing goods costs now."""
    along: bool = False
    """Whether what was added before goes along with it."""
    invoice_no: str | None = None
    """The number of an invoice that was issued, empty while none was; None: it is to have none."""
    stores: Collection[str] = ()
    """Those of the stores that somebody asks for where goods can be collected."""
    booked: Collection[str] = ()
    """Tasks for which the shopper said when he comes."""

    def kept(self, line: Line, more: Sequence[tuple[Line, Run]] = ()) -> list[Run]:
        """The units of a line that are neither given up nor among `more`."""
        taken = [(one.first, one.last) for one in self.gone if one.line_no == line.line_no]
        taken += [run for other, run in more if other.line_no == line.line_no]
        return domain_units.free(line, taken)

    def pays(self, more: Sequence[tuple[Line, Run]] = ()) -> bool:
        """Whether the order pays for bringing goods, without `more`."""
        fee = self.order.freight
        lines = [line for line in self.order.lines if fee and line.line_no in fee.line_nos]
        return fee is not None and fee.stands and any(self.kept(line, more) for line in lines)


def movable(part: Fulfilment) -> bool:
    """Whether a task may still lose units: nothing of it is ready or packed."""
    return part.state in _OPEN or (part.state is State.ON_HOLD and part.held_state in _OPEN)
