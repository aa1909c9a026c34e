"""Which lots pay for what, where it comes back to, and why something cannot be taken."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.member.value.domain import OPENERS, Insufficient, Kind, Lot, Mismatch, Part, Spent, Unknown, Use

# what came back into a lot whose time is over can be spent so much longer
REINSTATED = timedelta(days=30)

Taken = tuple[Lot, int, Use]


def take(use: Use, lots: Sequence[Lot], member_id: str | None, now: datetime) -> list[Taken]:
    """Which lots pay for a use: credit by earliest expiry, everything else the lot that it names."""
    if use.kind is Kind.CREDIT:
        own = [lot for lot in lots if lot.kind is Kind.CREDIT and lot.member_id == member_id]
        return [(lot, amount, use) for lot, amount in draw(own, use.amount, now)]
    lot = next((lot for lot in lots if lot.lot_id == use.ref and lot.kind is use.kind), None)
    if lot is None or (lot.member_id is not None and lot.member_id != member_id):
        raise Unknown(f"no such {use.kind.name.lower()}", field="spends", kind=use.kind.name, ref=use.ref)
    _check_terms(use, lot)
    if not lot.usable(now):
        raise Spent(
            f"this {use.kind.name.lower()} is {lot.state(now).lower()}",
            field="spends",
            kind=use.kind.name,
            ref=use.ref,
            state=lot.state(now),
        )
    if use.takes > lot.active:
        raise _short(use.kind, use.takes, lot.active, use.ref)
    return [(lot, use.takes, use)]


def take_all(uses: Sequence[Use], offered: Sequence[Lot], member_id: str | None, now: datetime) -> list[Taken]:
    """Which lots pay for these uses together: what one takes is not there for the next; the lots given shrink by it.

    Answers each lot as it was before the use took its part.
    """
    taken: list[Taken] = []
    for use in uses:
        for lot, amount, why in take(use, offered, member_id, now):
            taken.append((replace(lot), amount, why))
            lot.active, lot.held = lot.active - amount, lot.held + amount
    return taken


def draw(lots: Iterable[Lot], amount: int, now: datetime) -> list[tuple[Lot, int]]:
    """Earliest expiry first, then earliest issued."""
    usable = [lot for lot in lots if lot.usable(now)]
    if amount > (there := sum(lot.active for lot in usable)):
        raise _short(Kind.CREDIT, amount, there)
    drawn: list[tuple[Lot, int]] = []
    for lot in sorted(usable, key=lambda lot: (lot.expire_time is None, lot.expire_time, lot.issue_time, lot.lot_id)):
        part = min(amount, lot.active)
        amount -= part
        if part:
            drawn.append((lot, part))
    return drawn


def backward(parts: Sequence[Part], amount: int) -> list[tuple[Part, int]]:
    """Into which of its lots what was spent goes back: what was taken last, first."""
    given: list[tuple[Part, int]] = []
    for part in reversed(parts):
        back = min(amount, part.left)
        amount -= back
        if back:
            given.append((part, back))
    return given


def reinstated(lot: Lot, now: datetime) -> datetime | None:
    """When a lot ends that something came back into; an opener's time stays what it was."""
    if not lot.over(now) or lot.kind in OPENERS:
        return lot.expire_time
    return now + REINSTATED


def _check_terms(use: Use, lot: Lot) -> None:
    terms = lot.terms
    if use.kind in OPENERS and (use.rule_id, use.rule_version) != (terms.rule_id, terms.rule_version):
        raise Mismatch(
            f"it opens rule {terms.rule_id}, version {terms.rule_version or 'in force'}",
            field="spends",
            kind=use.kind.name,
            ref=use.ref,
            rule_id=terms.rule_id,
        )
    if use.kind is not Kind.PREPAID:
        return
    whole = use.unit_value == 0 and use.sku == terms.sku
    upgrade = use.unit_value and use.unit_value == terms.unit_value and use.sku in terms.upgrade_skus
    if not (whole or upgrade):
        raise Mismatch(f"it is for {terms.sku}", field="spends", kind=use.kind.name, ref=use.ref, sku=terms.sku)


def _short(kind: Kind, asked: int, there: int, ref: str = "") -> Insufficient:
    return Insufficient(
        f"{asked} was asked for and {there} can be spent", field="spends", kind=kind.name, available=there, ref=ref
    )
