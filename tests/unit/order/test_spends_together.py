"""What of all that a member holds goes together in one order."""

import pytest

from kit.errors import Fault
from services.order.checkout import domain_spends
from services.order.checkout.domain_spends import Kind, Use

MEMBER, LOT = "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "0199a5c3-3f42-7c53-8d64-7e8f9a0b1c2d"
CUPS = Use(Kind.PREPAID, LOT, quantity=2, line_no=1)


def test_points_do_not_pay_beside_units_that_were_paid_for_before() -> None:
    with pytest.raises(Fault) as refused:
        domain_spends.checked([CUPS], MEMBER, 100)
    assert refused.value.metadata["field"] == "spend_points"
    assert "paid for before" in refused.value.metadata["rule"]
    domain_spends.checked([CUPS], MEMBER, 0)
    domain_spends.checked([CUPS, Use(Kind.CREDIT, amount=50)], MEMBER, 0)
    domain_spends.checked([Use(Kind.CREDIT, amount=50)], MEMBER, 100)
