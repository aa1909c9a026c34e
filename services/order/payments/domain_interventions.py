"""What a person may do about work that gave up: only what loses neither money nor goods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault
from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_saga import Step
from services.order.payments import domain_deals
from services.order.payments.domain import COUNTER, PROVIDER, Charge, kind_of

BY_HAND = "BY_HAND"


class Verb(StrEnum):
    """What a person does."""

    RETRY = "RETRY"
    SKIP = "SKIP"
    COMPENSATE = "COMPENSATE"


class AttentionUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "ATTENTION_UNKNOWN"


class InterventionRefused(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "INTERVENTION_REFUSED"


@dataclass(frozen=True, slots=True)
class Intervention:
    """What somebody did about it, and why."""

    intervention_id: str
    kind: str
    key: str
    verb: Verb
    reason: str
    last_error: str
    business_time: datetime
    actor_kind: str
    actor_id: str


# what may be said to be done outside: the journal can note it, and nobody has goods or money for it that is not noted
_SKIPPED = frozenset({"payment.give_back", "payment.let_go"})


def allowed(kind: str, step: Step | None) -> list[Verb]:
    """The verbs that are safe. Trying again always is: every step is idempotent by its own key."""
    if kind == "checkout":
        # before the pivot all of it can go back; a saga that goes back already is only to be helped on
        return [Verb.RETRY, Verb.COMPENSATE] if step in (Step.PLACE, Step.PAY) else [Verb.RETRY]
    return [Verb.RETRY, Verb.SKIP] if kind in _SKIPPED else [Verb.RETRY]


def by_hand(kind: str, charges: Sequence[Charge], entries: Sequence[TenderEntry], at: datetime) -> list[TenderEntry]:
    """What the journal notes when a person has let go, given back and handed out what was left to do."""
    notes: list[TenderEntry] = []
    for charge in charges:
        money = charge.money
        rest = charge.asked - money.captured if kind == "payment.give_back" else money.capturable
        if rest > 0 and not money.voided and money.declined is None:
            notes.append(_note(charge, Entry.VOIDED, "", rest, at))
        if kind == "payment.give_back" and money.refundable:
            key = domain_deals.key_of_ending(entries, charge.tender_no)
            notes.append(_note(charge, Entry.REFUNDED, key, money.refundable, at))
        if charge.provider == COUNTER and money.drawn > money.captured:
            notes.append(_note(charge, Entry.GIVEN, BY_HAND, money.drawn - money.captured, at, entries))
    return notes


def _note(
    charge: Charge, entry: Entry, key: str, amount: int, at: datetime, entries: Sequence[TenderEntry] = ()
) -> TenderEntry:
    kind = kind_of(entries, charge.tender_no) if entries else PROVIDER
    return TenderEntry(charge.tender_no, entry, kind, amount, at, charge.provider, "", BY_HAND, key)
