"""Rules as they are kept, and goods as they look at them."""

from dataclasses import dataclass
from datetime import datetime

from services.inventory.availability.domain_filters import Facts


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the rules as it is kept."""

    version: int
    state: str
    note: str
    document: str
    create_time: datetime
    activate_time: datetime | None
    actor_kind: str
    actor_id: str
    actor_terminal_id: str


@dataclass(frozen=True, slots=True)
class Good:
    """What filters look at, of a good."""

    sku: str
    facts: Facts
    active: bool
