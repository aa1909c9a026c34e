"""Entries of the credit ledger: first decisions, mirrors that take them back, and later decisions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.attribution.credit import domain
from services.attribution.credit.domain import Credit, Known, Role, Step
from services.attribution.credit.domain_sales import Line, Run, Sale

Ids = Callable[[], str]
# why units are taken back
CANCELLED, RETURNED = "UNITS_CANCELLED", "UNITS_RETURNED"


def first(sale: Sale, known: Known, ids: Ids) -> list[Credit]:
    """One entry per line: the whole of the seller's pot to whoever the resolution names."""
    return [entry(sale, line, domain.resolve(sale, line, known), 0, ids) for line in sale.lines]


def entry(sale: Sale, line: Line, step: Step, entry_no: int, ids: Ids, reason: str = "") -> Credit:
    """The entry by which `step` takes a line's whole pot."""
    (amount,) = domain.shares(line.net, [domain.WHOLE])
    return Credit(
        order_id=sale.order_id,
        line_no=line.line_no,
        role=Role.SELLER,
        entry_no=entry_no,
        credit_id=ids(),
        last_unit=line.last_unit,
        measure=line.quantity if line.by_measure else 0,
        sku=line.sku,
        beneficiary=step.beneficiary,
        basis=step.basis,
        share_bp=domain.WHOLE,
        base_amount=line.net,
        amount=amount,
        currency_code=sale.currency_code,
        driven_location_id=step.driven_location_id,
        business_time=sale.business_time,
        rule_version=domain.RULE_VERSION,
        evidence=step.evidence,
        reason=reason,
    )


def mirror(credit: Credit, now: datetime, ids: Ids, reason: str) -> Credit:
    """The entry that takes `credit` back: same shares and rules, negative, in the period that is open now."""
    return replace(
        credit,
        entry_no=credit.entry_no + 1,
        credit_id=ids(),
        base_amount=-credit.base_amount,
        amount=-credit.amount,
        business_time=now,
        mirror_of=credit.credit_id,
        reason=reason,
    )


def cut(
    live: Mapping[int, Credit], runs: Sequence[Run], now: datetime, ids: Ids
) -> tuple[list[Credit], dict[int, Credit]]:
    """Entries that take units back, run by run to the minor unit; and what stands of each line's credit then."""
    entries: list[Credit] = []
    left = dict(live)
    for run in runs:
        had = left.get(run.line_no)
        if had is None:
            continue
        units = replace(had, base_amount=run.net, amount=run.net, last_unit=run.last)
        reason = RETURNED if run.refund_id else CANCELLED
        entries.append(replace(mirror(units, now, ids, reason), first_unit=run.first, partial=True))
        rest = replace(had, entry_no=had.entry_no + 1, base_amount=had.base_amount - run.net)
        left[run.line_no] = replace(rest, amount=had.amount - run.net)
    return entries, left


def redecide(sale: Sale, known: Known, live: dict[int, Credit], now: datetime, ids: Ids, reason: str) -> list[Credit]:
    """Mirrors and new entries for the lines whose answer is another one now; nothing for the others."""
    entries: list[Credit] = []
    for line in sale.lines:
        had = live.get(line.line_no) if line.stands else None
        step = domain.resolve(sale, line, known)
        if had is None or (had.beneficiary, had.basis, had.evidence) == (step.beneficiary, step.basis, step.evidence):
            continue
        entries.append(mirror(had, now, ids, reason))
        entries.append(entry(sale, line, step, had.entry_no + 2, ids, reason))
    return entries
