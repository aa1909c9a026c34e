"""Why the shelf is not what the books say, and what each reason does to the quantities."""

from dataclasses import dataclass

from kit.errors import Code, Fault
from services.inventory.stock.domain import Level


class UnknownReason(Fault):
    code = Code.NOT_FOUND
    reason = "UNKNOWN_REASON"


# effects that speak of so many units
COUNTED = frozenset({"MISMATCH", "DAMAGE", "RELEASE"})
# somebody looked and did not find what the books have
DOUBTS = frozenset({"NOT_IN_STOCK", "MISMATCH"})


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that staff may give."""

    reason_id: str
    name: str
    effect: str
    available_only: bool = False
    retired: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Effect:
    """What a journal entry adds to what is on hand, damaged, and put aside."""

    quantity: int = 0
    damaged: int = 0
    quality_control: int = 0


def effect(reason: Reason, level: Level, quantity: int, blocked: int = 0) -> Effect:
    """What a reason does to a level; reasons that leave on hand alone put aside what is missing.

    NOT_IN_STOCK empties the level: on hand is 0 and nothing of it can be had. What
    was promised of it stays promised and becomes a shortfall, until the promise
    finds other goods. What is put aside because its lot is blocked (so many units)
    only the lot's release gives back.
    """
    both = not reason.available_only
    effects = {
        "NOT_IN_STOCK": Effect(-level.on_hand, -level.damaged, -level.quality_control)
        if both
        else Effect(quality_control=max(0, level.available)),
        "MISMATCH": Effect(-quantity) if both else Effect(quality_control=quantity),
        "DAMAGE": Effect(damaged=quantity),
        "RELEASE": Effect(quality_control=-min(quantity, max(0, level.quality_control - blocked))),
    }
    return effects.get(reason.effect, Effect())
