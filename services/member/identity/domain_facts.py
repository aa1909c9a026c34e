"""What tills tell of people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened in a store; `hash` and `raw` are keyed and sealed already."""

    sequence: int
    fact_id: str
    kind: str
    business_time: datetime
    staff_code: str
    terminal_id: str
    location_id: str
    member_id: str = ""
    phone: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    card_no: str = field(default="", repr=False)
    sku: str = ""
    note: str = field(default="", repr=False)
    clock_wrong: bool = False
    # of a trial
    skus: tuple[str, ...] = ()
    outcome: str = ""
    wish: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A member liked something in a store."""

    member_id: str
    sku: str
    note: str
    staff_code: str
    location_id: str
    business_time: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """Staff noted something of a member: what he tried, or a word for colleagues."""

    fact: Fact
    member_id: str
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """Facts as they came, with contiguous sequences."""

    terminal_id: str
    first_sequence: int
    facts: Sequence[Fact]
    contents: Sequence[bytes]
