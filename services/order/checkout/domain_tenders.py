"""Entries of the tender journal: those that value pays, and who made each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_spends import TENDERS, Use


@dataclass(frozen=True, slots=True)
class Movement:
    """An entry with who made it, at which terminal, and why: a code; each '' where there is none."""

    actor_kind: str
    actor_id: str
    actor_terminal_id: str
    reason: str
    entry: TenderEntry


def value_tenders(spends: Sequence[Use], entry: Entry, at: datetime) -> tuple[TenderEntry, ...]:
    """The tenders that value pays, after the provider's, which is the first."""
    paying = [use for use in spends if use.pays]
    return tuple(
        TenderEntry(number, entry, TENDERS[use.kind], use.pays, at, reference=use.ref)
        for number, use in enumerate(paying, 2)
    )


def value_left(entries: Sequence[TenderEntry]) -> list[TenderEntry]:
    """The tenders that value paid, each with what of it has not gone back."""
    left: dict[int, TenderEntry] = {}
    for entry in sorted((e for e in entries if e.kind in TENDERS.values()), key=lambda e: e.entry is Entry.REFUNDED):
        if entry.entry is Entry.CAPTURED:
            left[entry.tender_no] = entry
        elif entry.entry is Entry.REFUNDED and entry.tender_no in left:
            had = left[entry.tender_no]
            left[entry.tender_no] = replace(had, amount=had.amount - entry.amount)
    return [entry for _, entry in sorted(left.items()) if entry.amount > 0]
