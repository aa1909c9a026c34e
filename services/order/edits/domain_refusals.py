"""How a change of an order is refused: what is raised, and what a preview tells of each action."""

from dataclasses import dataclass

from kit.errors import Code, Fault, invalid
from services.order.checkout.domain_basket import PickupNotOffered
from services.order.edits.domain_standing import REFUSED, TOO_LATE

NOWHERE = "OUT_OF_STOCK"
_BROKEN_RULE = "FIELD_INVALID"


class EditStale(Fault):
    """The order changed since it was looked at."""

    code = Code.FAILED_PRECONDITION
    reason = "EDIT_STALE"


class EditTooLate(Fault):
    """Something that would change is ready, packed, or with the shopper."""

    code = Code.FAILED_PRECONDITION
    reason = TOO_LATE


class EditRefused(Fault):
    """The change makes no sense for this order."""

    code = Code.FAILED_PRECONDITION
    reason = REFUSED


class EditNotAllowed(Fault):
    """The brand does not let shoppers change orders, or no longer this one."""

    code = Code.FAILED_PRECONDITION
    reason = "EDIT_NOT_ALLOWED"


class EditUnpaid(Fault):
    """What is added could not be paid at once."""

    code = Code.FAILED_PRECONDITION
    reason = "EDIT_UNPAID"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action cannot be applied; -1: all of them together."""

    action_no: int
    reason: str
    detail: str
    field: str = ""

    def fault(self) -> Fault:
        """The refusal of whoever applies the change all the same."""
        if self.reason == _BROKEN_RULE:
            return invalid(self.field, self.detail)
        kind = _FAULTS.get(self.reason, EditRefused)
        why = kind(f"actions[{self.action_no}]: {self.detail}", action_no=self.action_no)
        if self.field:
            why.metadata["field"] = self.field
        if self.reason == NOWHERE:  # as inventory itself says it
            why.reason, why.domain = NOWHERE, "omo.inventory"
        return why


_FAULTS: dict[str, type[Fault]] = {
    TOO_LATE: EditTooLate,
    PickupNotOffered.reason: PickupNotOffered,
}
