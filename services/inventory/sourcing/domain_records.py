"""What sourcing keeps: orders, decisions, versions of rule sets; what is JSON is kept as its text."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sourced:
    """An order as sourcing keeps it; `wanted` is JSON."""

    order_id: str
    state: str
    wanted: str
    channel_id: str
    order_time: datetime
    attempts: int
    queue: str
    auto_cancel_time: datetime | None
    version: int
    # collected lines that their store cannot give: they wait for the shopper, whatever becomes of the others
    pickup_rejected: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it is kept; `trace` is JSON."""

    order_id: str
    decision_id: str
    mode: str
    business_time: datetime
    rule_set_id: str
    rule_version: int
    fallback: str
    queue: str
    auto_cancel_time: datetime | None
    trace: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A store's no to a task, keyed by the task; to a part of one, by its units too."""

    order_id: str
    fulfilment_id: str
    location_id: str
    decision_id: str
    line_nos: list[int]
    reason: str
    actor_kind: str
    actor_id: str
    actor_terminal_id: str
    quantities: list[int] = field(default_factory=list)
    """Of each line; empty: all that the place was asked for."""

    @property
    def runs(self) -> str:
        """Which units they are, where the task goes on without them."""
        return self.fulfilment_id.partition("/")[2]

    def units(self) -> list[int] | dict[int, int]:
        """The lines, and how much of each where that is said."""
        return dict(zip(self.line_nos, self.quantities, strict=True)) if self.quantities else self.line_nos


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version, with what its author wrote as JSON."""

    rule_set_id: str
    version: int
    state: str
    channel_ids: list[str]
    document: str
    update_time: datetime
