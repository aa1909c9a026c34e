"""The order's states, the saga's patience, the tender journal's sums, and signatures."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout import domain, domain_saga
from services.order.checkout.domain import (
    Entry,
    TenderEntry,
)
from services.order.payments import signing
from services.order.payments.domain import SignatureInvalid

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)


def entry(kind: Entry, amount: int = 100, number: int = 1, **more: str) -> TenderEntry:
    return TenderEntry(number, kind, "PROVIDER", amount, AT, "simulator", **more)


@given(st.permutations([Entry.REQUESTED, Entry.AUTHORISED, Entry.CAPTURED]))
def test_a_tender_stands_where_its_furthest_entry_leads(kinds: list[Entry]) -> None:
    ((_, amount, last),) = domain.tender_states([entry(kind) for kind in kinds])
    assert (amount, last.entry) == (100, Entry.CAPTURED)


@given(st.integers(0, 3600))
def test_the_provider_is_asked_less_and_less_often_but_never_too_late(seconds: int) -> None:
    until = AT + timedelta(minutes=15)
    now = AT + timedelta(seconds=seconds)
    at = domain_saga.ask_again(AT, now, until)
    assert at <= until
    assert at == until or timedelta(seconds=3) <= at - now <= timedelta(seconds=60)


@given(st.text(max_size=200))
def test_no_header_breaks_the_check(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        signing.check(b"body", {signing.HEADER: text}, "secret", AT)
