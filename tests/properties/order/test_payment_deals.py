"""What is captured for an order is dealt to its payments: to the minor unit, never above one, whatever fails."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import pan
from kit.errors import Fault
from services.order.checkout import domain_parts
from services.order.checkout.domain import Entry, TenderEntry
from services.order.checkout.domain_parts import Part
from services.order.payments import domain, domain_deals
from services.order.payments.domain_deals import Deal

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
ORDER = "0197a000-0000-7000-8000-00000000000a"
amounts = st.lists(st.integers(1, 10_000), min_size=2, max_size=5)


def entry(number: int, kind: Entry, amount: int, key: str = "", provider: str = "simulator") -> TenderEntry:
    return TenderEntry(number, kind, "PROVIDER", amount, AT, provider, key=key)


def authorised(parts: list[int]) -> list[TenderEntry]:
    return [entry(number, kind, amount) for number, amount in enumerate(parts, 1)
            for kind in (Entry.REQUESTED, Entry.AUTHORISED)]  # fmt: skip


@given(
    amounts, st.lists(st.tuples(st.integers(1, 12_000), st.lists(st.booleans(), min_size=5, max_size=5)), max_size=8)
)
def test_captures_come_to_what_was_asked_and_never_above_a_payment(
    parts: list[int], wanted: list[tuple[int, list[bool]]]
) -> None:
    """Each handover asks, is refused by some, and asks again under a new key until nobody refuses."""
    entries, deals, asked = authorised(parts), list[Deal](), 0
    for number, (amount, refusals) in enumerate(wanted):
        goods, before = f"f{number}", sum(parts) - asked
        for attempt, refuse in enumerate((True, False)):
            key = f"{goods}#{attempt}" if attempt else goods
            fresh = domain_deals.deal(domain.charges(ORDER, entries), entries, deals, key, amount)
            deals += fresh
            for one in fresh:
                no = refuse and refusals[one.tender_no - 1]
                entries.append(entry(one.tender_no, Entry.CAPTURE_FAILED if no else Entry.CAPTURED, one.amount, key))
        taken = sum(one.amount for one in entries if one.entry is Entry.CAPTURED and one.key.startswith(goods))
        assert taken == min(amount, before)
        asked += taken
        for charge in domain.charges(ORDER, entries):
            assert 0 <= charge.money.captured <= charge.money.authorised == charge.asked


@given(amounts, st.integers(1, 60_000))
def test_the_first_is_used_up_before_the_next(parts: list[int], amount: int) -> None:
    entries = authorised(parts)
    found = domain_deals.deal(domain.charges(ORDER, entries), entries, [], "f", amount)
    assert sum(one.amount for one in found) == min(amount, sum(parts))
    assert [one.amount for one in found[:-1]] == parts[: len(found) - 1]
    assert [one.tender_no for one in found] == list(range(1, len(found) + 1))


def test_what_nobody_answered_is_asked_again_under_its_own_key() -> None:
    entries = [*authorised([1000, 2000]), entry(1, Entry.CAPTURE_FAILED, 1000, "f")]
    deals = [Deal("f", 1, 1000), Deal("f", 2, 500), Deal("g", 2, 100)]
    assert domain_deals.unanswered(entries, deals, "f#1") == [Deal("f", 2, 500)]
    assert domain_deals.unanswered(entries, deals, "f") == []
    # what others were promised stays theirs: 1,000 of the first, and of the second what is not asked for
    found = domain_deals.deal(domain.charges(ORDER, entries), entries, deals, "h", 5000)
    assert found == [Deal("h", 1, 1000), Deal("h", 2, 1400)]


def test_money_at_a_till_is_used_first() -> None:
    entries = [
        *authorised([1000]),
        *(entry(2, kind, 500, provider="counter") for kind in (Entry.REQUESTED, Entry.AUTHORISED)),
    ]
    found = domain_deals.deal(domain.charges(ORDER, entries), entries, [], "f", 700)
    assert found == [Deal("f", 2, 500), Deal("f", 1, 200)]


@given(amounts, st.integers(0, 4))
def test_parts_come_to_what_is_due(parts: list[int], rest: int) -> None:
    due = sum(parts)
    given_ = [
        Part("simulator", "sim_ok", amount=None if place == rest else amount) for place, amount in enumerate(parts)
    ]
    assert domain_parts.amounts(given_, due) == parts
    tenders = domain_parts.requested(given_, due, 3, AT)
    assert [one.tender_no for one in tenders] == list(range(5, 4 + len(parts)))
    for wrong in (due + 1, due - 1) if rest >= len(parts) else (due - parts[rest],):
        with pytest.raises(Fault) as refused:
            domain_parts.amounts(given_, wrong)
        assert refused.value.metadata["field"] == "payments"


@given(st.sampled_from(["4", "51", "2221", "34", "3528", "6011", "62"]), st.data())
def test_a_card_s_number_is_found_however_it_is_written(begin: str, data: st.DataObject) -> None:
    length = 15 if begin == "34" else 16
    body = begin + "".join(
        data.draw(
            st.lists(st.sampled_from("0123456789"), min_size=length - 1 - len(begin), max_size=length - 1 - len(begin))
        )
    )
    number = next(body + check for check in "0123456789" if pan._luhn(body + check))
    gap = data.draw(st.sampled_from(["", " ", "-"]))
    grouped = gap.join(number[at : at + 4] for at in range(0, length, 4))
    assert list(pan.found(f"card {grouped}, thanks")) == [number]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not list(pan.found(wrong))
    with pytest.raises(Fault) as refused:
        pan.refuse("note", grouped)
    assert number not in refused.value.message


@pytest.mark.parametrize(
    "text",
    [
        "4712345678904",
        "0199a5c2-4111-7111-8111-111111111111",
        "pm_4242424242424242x",
        "20261123413000009999",
        "2026112341300009",
    ],
    ids=["barcode", "uuid", "token", "long", "no scheme"],
)
def test_what_is_no_card_s_number_is_let_through(text: str) -> None:
    pan.refuse("note", text)


@given(st.permutations([Entry.RECEIVED, Entry.CAPTURED, Entry.GIVEN, Entry.AUTHORISED]))
def test_a_till_s_money_is_its_sum_in_any_order(kinds: list[Entry]) -> None:
    values = {Entry.RECEIVED: 900, Entry.CAPTURED: 500, Entry.GIVEN: 400, Entry.AUTHORISED: 900}
    entries = [entry(1, Entry.REQUESTED, 900, provider="counter"),
               *(TenderEntry(1, kind, "CASH", values[kind], AT, "counter") for kind in kinds)]  # fmt: skip
    (charge,) = domain.charges(ORDER, entries)
    assert (charge.money.drawn, charge.money.captured, charge.unpaid) == (500, 500, 400)
    domain.drawers_are_empty([charge])
