"""The resolution of a line's credit and the arithmetic of a pot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.attribution.binding.domain import Binding, Enrolment, Noted, Source, StaffToken
from services.attribution.credit import domain, ledger
from services.attribution.credit.domain import Basis, Known
from services.attribution.credit.domain_sales import Line, Sale
from services.attribution.panorama import domain as panorama

NOW = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
NOBODY = Known(None, None, None)
LINE = Line(1, "COAT-CAMEL-M", 3, False, 9000, "", "")
SALE = Sale("o-1", "m-1", 1, "", NOW, "TWD", "", (LINE,))
LINK = StaffToken("t-1", "B301", "TPE02", "link", NOW, NOW + timedelta(days=30))
NOTED = Noted("b-1", "m-1", "A102", "TPE01", Source.QR, NOW - timedelta(days=1), "token:9")
BINDING = Binding(NOTED, NOW + timedelta(days=89), NOW + timedelta(days=364))
ENROLMENT = Enrolment("C7", "TXG01", NOW - timedelta(days=5))
TAIPEI = ZoneInfo("Asia/Taipei")
ALL = Known(LINK, BINDING, ENROLMENT)


def ids() -> str:
    return "id"


@pytest.mark.parametrize(
    ("line", "sale", "known", "basis", "beneficiary"),
    [
        (replace(LINE, seller="A205"), SALE, ALL, Basis.EXPLICIT_STAFF, "A205"),
        (LINE, SALE, ALL, Basis.STAFF_LINK, "B301"),
        (LINE, SALE, replace(ALL, link=None), Basis.ACTIVE_BINDING, "A102"),
        (LINE, SALE, Known(None, None, ENROLMENT), Basis.ENROLLING_STAFF, "C7"),
        (replace(LINE, fulfilling_location_id="TPE01"), SALE, NOBODY, Basis.FULFILLING_STORE, "TPE01"),
        (LINE, replace(SALE, location_id="TXG01"), NOBODY, Basis.SELLING_STORE, "TXG01"),
        (LINE, SALE, NOBODY, Basis.BRAND, "brand"),
    ],
)
def test_the_first_step_that_finds_somebody_wins(
    line: Line, sale: Sale, known: Known, basis: Basis, beneficiary: str
) -> None:
    step = domain.resolve(sale, line, known)
    assert (step.basis, step.beneficiary) == (basis, beneficiary)


def test_who_enrolled_the_member_later_is_not_credited() -> None:
    late = Known(None, None, replace(ENROLMENT, enrol_time=NOW + timedelta(seconds=1)))
    assert domain.resolve(SALE, LINE, late).basis is Basis.BRAND


def test_every_question_is_explained() -> None:
    steps = domain.questions(SALE, LINE, ALL)
    assert [step.basis for step in steps] == list(Basis)
    assert all(step.because for step in steps)
    assert "bound to A102 by QR on 2026-11-02" in steps[2].because


def test_a_pot_that_is_not_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="sum to 9999"):
        domain.shares(100, [5000, 4999])


def test_a_mirror_takes_back_exactly_what_was_given() -> None:
    (credit,) = ledger.first(SALE, ALL, ids)
    back = ledger.mirror(credit, NOW + timedelta(days=40), ids, "ORDER_CANCELLED")
    assert (back.amount, back.base_amount, back.entry_no) == (-9000, -9000, 1)
    assert (back.beneficiary, back.rule_version, back.mirror_of) == ("B301", credit.rule_version, "id")


def test_a_late_binding_moves_the_credit_and_nothing_else() -> None:
    sale = replace(SALE, lines=(LINE, replace(LINE, line_no=2, seller="A205", net=100)))
    live = {credit.line_no: credit for credit in ledger.first(sale, NOBODY, ids)}
    entries = ledger.redecide(sale, Known(None, BINDING, None), live, NOW, ids, "LATE_FACT")
    assert [(e.line_no, e.entry_no, e.beneficiary, e.amount) for e in entries] == [
        (1, 1, "brand", -9000),
        (1, 2, "A102", 9000),
    ]


def test_a_good_sold_by_measure_is_one_unit() -> None:
    fuel = Line(1, "FUEL", 38_123, True, 4000, "", "")
    assert (fuel.units, fuel.last_unit) == (1, 0)


def test_a_driven_online_sale_counts_for_the_store_of_the_staff_member() -> None:
    entries = ledger.first(SALE, Known(None, BINDING, None), ids)
    cells = panorama.total([panorama.sold(SALE, TAIPEI), panorama.driven(SALE, entries, TAIPEI)])
    assert {(cell.location_id, delta.orders, delta.revenue, delta.driven_orders) for cell, delta in cells.items()} == {
        ("", 1, 9000, 0),
        ("TPE01", 0, 0, 1),
    }


def test_days_are_the_brands_own() -> None:
    late = replace(SALE, business_time=datetime(2026, 11, 1, 17, 0, tzinfo=UTC))
    (cell,) = panorama.sold(late, TAIPEI)
    assert panorama.week(cell.day) == "2026-W45"
