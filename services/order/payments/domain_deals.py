"""How what is captured for an order is dealt to its payments: in their order, each until it is used up."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.order.checkout.domain import Entry, TenderEntry
from services.order.payments.domain import COUNTER, Charge

_ENDS = {Entry.CAPTURED: True, Entry.CAPTURE_FAILED: False}
_ENDING = "cancel"


@dataclass(frozen=True, slots=True)
class Deal:
    """What a capture takes from one payment."""

    key: str
    tender_no: int
    amount: int


def deal(
    charges: Sequence[Charge], entries: Sequence[TenderEntry], deals: Sequence[Deal], key: str, amount: int
) -> list[Deal]:
    """What a capture of `amount` takes from each, less what earlier tries for the same goods took.

    What was received at a till comes first: it is there. Then the payments in
    the order in which the shopper named them. A payment that was let go still
    has its place, so that its refusal is told and not paid by another's.
    """
    rest = amount - _captured(entries, key)
    found = []
    for charge in sorted(charges, key=lambda one: (one.provider != COUNTER, one.tender_no)):
        asked = sum(one.amount for one in deals if one.tender_no == charge.tender_no and ended(entries, one) is None)
        part = min(rest, charge.money.authorised - charge.money.captured - asked)
        if part > 0:
            found.append(Deal(key, charge.tender_no, part))
            rest -= part
    return found


def ended(entries: Sequence[TenderEntry], one: Deal) -> bool | None:
    """Whether it was taken; None while nobody knows."""
    said = [entry.entry for entry in entries if (entry.tender_no, entry.key) == (one.tender_no, one.key)]
    return next((_ENDS[entry] for entry in said if entry in _ENDS), None)


def unanswered(entries: Sequence[TenderEntry], deals: Sequence[Deal], key: str) -> list[Deal]:
    """What earlier tries for the same goods asked for and never heard of: to be asked first, under its own key."""
    return [one for one in deals if one.key != key and _goods(one.key) == _goods(key) and ended(entries, one) is None]


def key_of_ending(entries: Sequence[TenderEntry], tender_no: int) -> str:
    """By which a provider knows the refund of an order that ended; a new one after each that failed."""
    failed = sum(
        entry.entry is Entry.REFUND_FAILED and entry.tender_no == tender_no and _goods(entry.key) == _ENDING
        for entry in entries
    )
    return f"{_ENDING}#{failed}" if failed else _ENDING


def _captured(entries: Sequence[TenderEntry], key: str) -> int:
    own = [entry for entry in entries if entry.entry is Entry.CAPTURED and _goods(entry.key) == _goods(key)]
    return sum(entry.amount for entry in own)


def _goods(key: str) -> str:
    """What a key is about, whatever the try."""
    return key.partition("#")[0]
