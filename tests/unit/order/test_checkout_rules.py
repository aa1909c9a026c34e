"""The order's states, the saga's patience, the tender journal's sums, and signatures."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from kit.errors import Code, Fault
from services.order.checkout import domain_placing, domain_saga
from services.order.checkout.domain import (
    ChannelKind,
    Entry,
    Order,
    State,
    TenderEntry,
    Totals,
    TransitionRefused,
    move,
)
from services.order.checkout.domain_saga import Cause
from services.order.payments import signing
from services.order.payments.domain import SignatureInvalid, money

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
ALLOWED = {
    (State.PENDING, State.PENDING_PAYMENT),
    (State.PENDING, State.CONFIRMED),
    (State.PENDING, State.CANCELLED),
    (State.PENDING_PAYMENT, State.CONFIRMED),
    (State.PENDING_PAYMENT, State.CANCELLED),
    (State.CONFIRMED, State.CANCELLED),
}


def order(state: State) -> Order:
    return Order("o1", "N1", state, ChannelKind.ONLINE, "web", AT, "TWD", True, Totals(0, 0, 0, 0, 0), (), version=5)


@pytest.mark.parametrize(("since", "to"), list(itertools.product(State, State)))
def test_an_order_moves_only_forward(since: State, to: State) -> None:
    if since is to:
        assert move(order(since), to) == order(since)
    elif (since, to) in ALLOWED:
        moved = move(order(since), to, "why")
        assert (moved.state, moved.version, moved.reason) == (to, 6, "why")
    else:
        with pytest.raises(TransitionRefused) as refused:
            move(order(since), to)
        assert refused.value.metadata["state"] == since


def entry(kind: Entry, amount: int = 100, number: int = 1, **more: str) -> TenderEntry:
    return TenderEntry(number, kind, "PROVIDER", amount, AT, "simulator", **more)


def test_money_is_the_sum_of_its_journal() -> None:
    entries = [entry(Entry.REQUESTED), entry(Entry.AUTHORISED, reference="r"), entry(Entry.CAPTURED, 40, key="a")]
    found = money(entries)
    assert (found.capturable, found.refundable, found.reference) == (60, 40, "r")
    assert money([*entries, entry(Entry.REFUNDED, 40, key="c"), entry(Entry.VOIDED, 60)]).capturable == 0
    assert money([entry(Entry.DECLINED, code="no")]).declined == "no"
    # declined first, then secured after all: providers' words overtake each other
    assert money([entry(Entry.DECLINED, code="no"), entry(Entry.AUTHORISED)]).declined is None


def test_a_cause_is_raised_again_in_the_same_words() -> None:
    fault = Fault("no", code=Code.FAILED_PRECONDITION, reason="OUT_OF_STOCK", domain="omo.inventory", sku="X")
    again = Cause.of(fault).fault()
    assert (again.code, again.reason, again.domain, again.metadata) == (
        fault.code, "OUT_OF_STOCK", "omo.inventory", {"sku": "X"},
    )  # fmt: skip


def test_a_refusal_stays_and_trouble_may_be_asked_again() -> None:
    trouble = Fault("too late", code=Code.DEADLINE_EXCEEDED, reason="DEADLINE_EXCEEDED")
    told = domain_saga.refusal(trouble)
    assert (told.reason, told.metadata["cause"]) == ("CHECKOUT_UNDONE", "DEADLINE_EXCEEDED")
    assert (told.code, domain_saga.is_final(told)) == (Code.ABORTED, False)
    refused = Fault("no", code=Code.NOT_FOUND, reason="UNKNOWN_SKU")
    assert domain_saga.refusal(refused) is refused


def test_a_signature_holds_for_its_body_its_secret_and_its_time() -> None:
    header = {signing.HEADER: signing.sign(b"body", "secret", int(AT.timestamp()))}
    signing.check(b"body", header, "secret", AT + timedelta(seconds=300))
    for body, secret, now in (
        (b"bodY", "secret", AT),
        (b"body", "secreT", AT),
        (b"body", "secret", AT + timedelta(seconds=301)),
        (b"body", "secret", AT - timedelta(seconds=301)),
    ):
        with pytest.raises(SignatureInvalid):
            signing.check(body, header, secret, now)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [("陳小明", "陳○明"), ("陳○明", "陳○明"), ("王明", "王○"), ("歐陽小美", "歐○○美"), ("John Smith", "J*** S***"),
     ("J*** S***", "J*** S***"), ("0912345678", "0***"), ("  ", ""), ("", "")],
)  # fmt: skip
def test_no_whole_name_gets_into_an_order(given_name: str, shown: str) -> None:
    assert domain_placing.masked(given_name) == shown
    assert domain_placing.masked(shown) == shown
