"""What a till says of goods that came back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from omo.storefacts.v1 import facts_pb2 as pb
from omo.type.v1 import trade_pb2
from omo_storelink import Back, Bought, Paid, Visit, exchanged, goods_back

ID = "0199a5c2-7722-7f30-9c6d-3e4f5a6b7c8d"
VISIT = Visit(datetime(2026, 11, 3, 9, tzinfo=UTC), "TPE01-17", "A102", offline=True)


def test_a_visit_without_a_purchase() -> None:
    fact = goods_back(ID.upper(), Bought(order_no="R-1"), [Back("COAT", 2, 1, "damaged")], [Paid("CASH", 500)], VISIT)
    assert (fact.receipt_no, fact.cashier_staff_code, fact.offline, list(fact.lines)) == ("TPE01-17", "A102", True, [])
    back = fact.returned
    assert (back.return_id, back.order_no, fact.business_time.ToDatetime(UTC)) == (ID, "R-1", VISIT.at)
    assert [(one.line_no, one.sku, one.quantity, one.disposition) for one in back.lines] == [(1, "COAT", 2, "damaged")]
    assert [(one.kind, one.amount) for one in back.refunds] == [(trade_pb2.TENDER_KIND_CASH, 500)]


def test_an_exchange_says_what_pays_for_its_lines() -> None:
    sale = pb.SaleFact(
        sale_id=ID, lines=[pb.SaleLine(line_no=1, sku="SCARF", quantity=1, list_total=990, net_total=990)]
    )
    both = exchanged(sale, ID, Bought(order_id=ID), [Back("COAT", 1)], keeps=990, paid=[Paid("CASH", 2010)])
    returned = trade_pb2.TENDER_KIND_RETURN
    assert [(one.kind, one.amount) for one in both.tenders] == [(returned, 990)]
    assert [one.amount for one in both.returned.refunds] == [990, 2010]
    assert not sale.tenders, "the sale that was given stays as it was"


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("goods", {"goods": []}),
        ("bought", {"bought": Bought()}),
        ("quantity", {"goods": [Back("COAT", 0)]}),
        ("disposition", {"goods": [Back("COAT", 1, disposition="lost")]}),
        ("amount", {"paid": [Paid("CASH", 0)]}),
        ("GOLD", {"paid": [Paid("GOLD", 1)]}),
        ("UUID", {"return_id": "7"}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_makes_no_sense_is_not_built(what: str, given: dict[str, Any]) -> None:
    said = {
        "return_id": ID,
        "bought": Bought(order_no="R"),
        "goods": [Back("COAT", 1)],
        "paid": [],
        "visit": VISIT,
        **given,
    }
    with pytest.raises(ValueError, match=what):
        goods_back(**said)


def test_an_exchange_that_keeps_nothing_is_a_return() -> None:
    with pytest.raises(ValueError, match="keeps"):
        exchanged(pb.SaleFact(sale_id=ID), ID, Bought(order_id=ID), [Back("COAT", 1)], keeps=0)
