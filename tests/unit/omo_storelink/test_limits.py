"""What may be sold while nobody can be asked."""

import json

import pytest

from omo.storefacts.v1 import facts_pb2 as facts
from omo.type.v1 import trade_pb2
from omo_storelink import Limits, NotAllowedOffline, Waiting

NONE = Waiting(0, 0, 0.0)
CASH = trade_pb2.TENDER_KIND_CASH


def _sale(listed: int = 1000, net: int = 1000, tender: trade_pb2.TenderKind.ValueType = CASH) -> facts.SaleFact:
    sale = facts.SaleFact(sale_id="s")
    sale.lines.add(line_no=1, sku="COAT", quantity=1, list_total=listed, net_total=net)
    sale.tenders.add(kind=tender, amount=net)
    return sale


@pytest.mark.parametrize(
    ("limit", "limits", "sale", "waiting"),
    [
        ("max_sale_total", Limits(max_sale_total=999), _sale(), NONE),
        ("max_waiting_total", Limits(max_waiting_total=5000), _sale(), Waiting(4, 4001, 0)),
        ("max_waiting_sales", Limits(max_waiting_sales=4), _sale(), Waiting(4, 0, 0)),
        ("max_hours_offline", Limits(max_hours_offline=2), _sale(), Waiting(0, 0, 2.1)),
        ("max_discount_percent", Limits(max_discount_percent=20), _sale(1000, 799), NONE),
        ("tenders", Limits(), _sale(tender=trade_pb2.TENDER_KIND_GIFT_CARD), NONE),
    ],
)
def test_a_sale_beyond_a_limit_is_refused_by_its_name(
    limit: str, limits: Limits, sale: facts.SaleFact, waiting: Waiting
) -> None:
    with pytest.raises(NotAllowedOffline) as refused:
        limits.check(sale, waiting)
    assert refused.value.limit == limit


def test_what_reaches_a_limit_is_within_it() -> None:
    limits = Limits(1000, 20, 5, 5000, 2.0)
    limits.check(_sale(1250, 1000), Waiting(4, 4000, 2.0))


def test_limits_are_data() -> None:
    limits = Limits.read(json.dumps({"max_sale_total": 5, "tenders": ["CASH"]}))
    assert (limits.max_sale_total, limits.tenders) == (5, (CASH,))
    with pytest.raises(ValueError, match="max_sale is no limit"):
        Limits.read(json.dumps({"max_sale": 5}))
