"""Invoices of Taiwan, without a database: what buyers may say, how numbers are counted, what codes hold."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kit.errors import Fault
from services.order.invoices import domain_amounts, domain_buyer, domain_numbers, domain_terms, printing
from services.order.invoices.domain import Buyer, Carrier, Invoice, Line, ReceiptCodeInvalid, State
from services.order.invoices.domain_buyer import Said
from services.order.invoices.domain_numbers import Block
from services.order.invoices.domain_terms import Terms
from services.order.invoices.seals import Seals

TAIPEI = ZoneInfo("Asia/Taipei")
MOBILE, CERTIFICATE, MEMBER = Carrier.MOBILE_BARCODE, Carrier.CITIZEN_CERTIFICATE, Carrier.MEMBER
TAX_ID = "04595257"
ORDER = "0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"


def said(**words: Any) -> Said:
    return Said(**words)


@pytest.mark.parametrize(
    ("words", "print_"),
    [
        (said(), False),
        (said(carrier_kind=MOBILE, carrier="/ABC+12."), False),
        (said(carrier_kind=CERTIFICATE, carrier="AB12345678901234"), False),
        (said(carrier_kind=MEMBER), False),
        (said(donation_code="919"), False),
        (said(donation_code="1234567", carrier_kind=MOBILE, carrier="/ABC+123"), False),
        (said(tax_id=TAX_ID), True),
        (said(tax_id=TAX_ID, carrier_kind=MOBILE, carrier="/ABC+123"), False),
        (said(tax_id=TAX_ID, carrier_kind=MOBILE, carrier="/ABC+123", print=True), True),
        (said(tax_id=TAX_ID, carrier_kind=CERTIFICATE, carrier="AB12345678901234"), False),
        (said(print=True), True),
    ],
    ids=lambda given: (
        str(given) if isinstance(given, bool) else "+".join(f"{name}" for name in _said(given)) or "nothing"
    ),
)
def test_what_a_buyer_may_say(words: Said, print_: bool) -> None:
    assert domain_buyer.checked(words, member=True).print is print_


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (said(carrier="/ABC+123"), "carrier_kind"),
        (said(carrier_kind=MOBILE, carrier="ABC+1234"), "carrier"),
        (said(carrier_kind=MOBILE, carrier="/abc+123"), "carrier"),
        (said(carrier_kind=MOBILE, carrier="/ABC+1234"), "carrier"),
        (said(carrier_kind=MOBILE), "carrier"),
        (said(carrier_kind=CERTIFICATE, carrier="A123456789012345"), "carrier"),
        (said(carrier_kind=MEMBER, carrier="/ABC+123"), "carrier"),
        (said(donation_code="12"), "donation_code"),
        (said(donation_code="12345678"), "donation_code"),
        (said(donation_code="12a"), "donation_code"),
        (said(tax_id="12345678"), "tax_id"),
        (said(tax_id="0459525"), "tax_id"),
        (said(tax_id=TAX_ID, donation_code="919"), "tax_id"),
        (said(tax_id=TAX_ID, print=False), "print"),
        (said(print=False), "print"),
        (said(donation_code="919", print=True), "print"),
        (said(carrier_kind=MOBILE, carrier="/ABC+123", print=True), "print"),
        (said(tax_id=TAX_ID, carrier_kind=CERTIFICATE, carrier="AB12345678901234", print=True), "print"),
    ],
    ids=lambda given: given if isinstance(given, str) else "+".join(f"{k}={v}" for k, v in _said(given).items()),
)
def test_what_breaks_a_rule_is_refused_by_field(words: Said, field: str) -> None:
    with pytest.raises(Fault) as refusal:
        domain_buyer.checked(words, member=True)
    assert (refusal.value.reason, refusal.value.metadata["field"]) == ("FIELD_INVALID", f"invoice.{field}")


def _said(given: Any) -> dict[str, Any]:
    names = ("carrier_kind", "carrier", "donation_code", "tax_id", "print")
    return {name: getattr(given, name) for name in names if getattr(given, name) not in ("", None)}


def test_only_a_member_has_the_members_carrier() -> None:
    with pytest.raises(Fault) as refusal:
        domain_buyer.checked(said(carrier_kind=MEMBER), member=False)
    assert refusal.value.metadata["field"] == "invoice.carrier_kind"
    assert domain_buyer.checked(said(), member=False) == Buyer(print=True)


@pytest.mark.parametrize("text", [TAX_ID, "10458575", "10458574", "10458570", "04702088", "00651474", "00238778"])
def test_numbers_of_businesses_by_the_rule_of_2023(text: str) -> None:
    """Sums that five divides, old numbers among them; a seventh digit of seven counts ten as one or as nothing."""
    assert domain_buyer.is_tax_id(text)


@pytest.mark.parametrize("text", ["04595258", "10458576", "1234567", "123456789", "1234567a", ""])
def test_numbers_of_no_business(text: str) -> None:
    assert not domain_buyer.is_tax_id(text)


def test_periods_begin_in_odd_months_by_the_brands_clock() -> None:
    assert domain_numbers.period_of(datetime(2026, 10, 31, 15, 59, tzinfo=UTC), TAIPEI) == 202609
    assert domain_numbers.period_of(datetime(2026, 10, 31, 16, 0, tzinfo=UTC), TAIPEI) == 202611
    assert domain_numbers.following(202611) == 202701
    end = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert not domain_numbers.voidable(202611, end, TAIPEI, 0)
    assert domain_numbers.voidable(202611, end, TAIPEI, 1)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"period": 202612}, "period"),
        ({"track": "A1"}, "track"),
        ({"first": -1}, "first_number"),
        ({"last": 9}, "last_number"),
        ({"terminal_id": "T1"}, "location_id"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else given,
)
def test_blocks_that_make_no_sense(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Fault) as refusal:
        domain_numbers.checked(replace(Block("", 202611, "AB", 10, 19), **changed))
    assert refusal.value.metadata["field"] == f"block.{field}"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"seller_tax_id": "12345678"}, "seller_tax_id"),
        ({"seller_name": ""}, "seller_name"),
        ({"void_days": 15}, "void_days"),
        ({"upload_hours": 0}, "upload_hours"),
        ({"voucher_tax_classes": ("",)}, "voucher_tax_classes"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else given,
)
def test_terms_that_make_no_sense(changed: dict[str, Any], field: str) -> None:
    terms = Terms(enabled=True, seller_tax_id=TAX_ID, seller_name="和光")
    domain_terms.checked(terms)
    with pytest.raises(Fault) as refusal:
        domain_terms.checked(replace(terms, **changed))
    assert refusal.value.metadata["field"] == f"terms.{field}"


def test_a_business_is_told_its_tax_once_over_all() -> None:
    lines = [line(1, 100, 500), line(2, 3, 500), line(3, 70, 0)]
    assert domain_amounts.stated(lines, business=True) == domain_amounts.Stated(173, 98, 5, 70)
    assert domain_amounts.stated(lines, business=False) == domain_amounts.Stated(173, 103, 0, 70)


def line(number: int, amount: int, rate_bp: int, name: str = "大衣") -> Line:
    return Line(number, 0, 0, f"SKU{number}", name, 1, False, amount, rate_bp)


def invoice(*lines: Line, **changed: Any) -> Invoice:
    at = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
    whole = Invoice(
        "i", ORDER, "AB12345678", 202611, "6789", State.ISSUED, at, 105, 100, 5, 0, True, Carrier.NONE, "", True,
        "TPE01", "", lines,
    )  # fmt: skip
    return replace(whole, **changed)


def test_the_codes_on_paper_hold_what_the_layout_says() -> None:
    given = invoice(line(1, 105, 500))
    assert printing.barcode(given) == "11512AB123456786789"
    left, right = printing.qr_codes(given, date(2026, 11, 3), TAX_ID, "10458575", bytes(16))
    head, *rest = left.split(":")
    assert (len(head), head[:53]) == (77, f"AB1234567811511036789{100:08x}{105:08x}10458575{TAX_ID}")
    assert rest == ["**********", "1", "1", "1", "大衣", "1", "105"]
    assert right == "**"
    # what `openssl enc -aes-128-cbc` with the published vector makes of AB123456786789 under a key of zeros
    assert head[53:] == "Gyy6T9ZWj+zGN44yVjHEsQ=="
    consumer = invoice(line(1, 105, 500), business=False, sales=105, tax=0)
    unsealed, _ = printing.qr_codes(consumer, date(2026, 11, 3), TAX_ID, "", None)
    assert unsealed[21:29] == "00000000"
    assert unsealed[53:77] == "0" * 24


def test_what_has_no_room_in_the_left_code_stands_in_the_right_one() -> None:
    goods = [line(number, 10, 500, "很長的商品名稱" * 2) for number in range(1, 9)]
    left, right = printing.qr_codes(invoice(*goods), date(2026, 11, 3), TAX_ID, "", None)
    shown, all_ = left.split(":")[2:4]
    assert right.startswith("**:")
    assert (int(all_), int(shown)) == (8, left[77:].count("很長的商品名稱很") + right.count("很長的商品名稱很"))
    assert 0 < int(shown) < 8
    assert max(len(left.encode()), len(right.encode())) <= 134


def test_a_buyer_is_sealed_to_his_order_and_found_by_his_carrier() -> None:
    seals, other = Seals(bytes(32)), Seals(bytes(31) + b"1")
    buyer = Buyer(MOBILE, "/ABC+123", "", TAX_ID, print=False)
    kept = seals.close(ORDER, buyer)
    assert (kept.masked_carrier, kept.masked_tax_id) == ("/AB*****", "*****257")
    assert seals.open(kept) == buyer
    assert other.open(kept).carrier == ""
    assert seals.open(replace(kept, order_id=ORDER.replace("1d", "1e"))).tax_id == ""
    assert kept.carrier_hash == seals.carrier("/ABC+123") != other.carrier("/ABC+123")


def test_a_receipts_code_is_ours_or_nobodys() -> None:
    seals = Seals(bytes(32))
    code = seals.code(ORDER)
    assert seals.read(f" {code} ") == ORDER
    forged = code[:5] + ("A" if code[5] != "A" else "B") + code[6:]
    for wrong in (code[:-1], forged, "R1.", "", "R1.äöü", code[1:]):
        with pytest.raises(ReceiptCodeInvalid):
            seals.read(wrong)
