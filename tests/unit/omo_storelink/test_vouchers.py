"""Value that a till may spend without a line: signed, its own, never more than there is, remembered on disk."""

from typing import Any

import pytest

from omo.storefacts.v1 import facts_pb2
from omo_storelink import VoucherRefused, Vouchers, vouchers
from tests.unit.omo_storelink.signed import JWKS, NOW, signed

MEMBER, TILL = "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11", "till-1"


def text(**changed: Any) -> str:
    claims = {
        "iss": "omo", "sub": MEMBER, "jti": "v1", "exp": NOW + 86_400, "terminal": TILL, "kind": "CREDIT",
        "amount": 300,
        "point_value": 1,
    }  # fmt: skip
    return signed({**claims, **changed}, vouchers.TYPE)


def kept() -> tuple[Vouchers, dict[str, str]]:
    disk: dict[str, str] = {}
    return _till(disk), disk


def _till(disk: dict[str, str]) -> Vouchers:
    def write(value: str) -> None:
        disk["vouchers"] = value

    return Vouchers(lambda: disk.get("vouchers", ""), write, lambda: JWKS, TILL)


def sale(sale_id: str, member_id: str = MEMBER) -> facts_pb2.SaleFact:
    return facts_pb2.SaleFact(sale_id=sale_id, member_id=member_id)


def test_a_voucher_pays_sales_until_it_is_empty_also_after_a_restart() -> None:
    till, disk = kept()
    voucher = till.keep(text(), NOW)
    first = sale("s1")
    till.spend(first, voucher, 200, NOW)
    till.spend(first, voucher, 200, NOW)
    assert [(each.kind, each.amount, each.reference) for each in first.tenders] == [(4, 200, "v1")]
    assert [(each.kind, each.ref, each.amount) for each in first.spends] == [(2, "v1", 200)]
    again = _till(disk)
    assert [again.left(each) for each in again.of(MEMBER, NOW)] == [100]
    with pytest.raises(VoucherRefused, match="holds 100"):
        again.spend(sale("s2"), voucher, 101, NOW)
    again.spend(sale("s2"), voucher, 100, NOW)
    assert again.of(MEMBER, NOW) == []


def test_points_pay_by_their_value() -> None:
    till, _ = kept()
    voucher = till.keep(text(kind="POINTS", point_value=2), NOW)
    sold = sale("s1")
    till.spend(sold, voucher, 50, NOW)
    assert [(each.kind, each.amount) for each in sold.tenders] == [(9, 100)]
    assert [(each.kind, each.amount) for each in sold.spends] == [(1, 50)]


@pytest.mark.parametrize(
    "broken",
    [
        text(terminal="till-2"), text(exp=NOW), text(kind="GIFT_CARD"), text(amount="much"),
        signed({"sub": MEMBER}, "omo-member+jwt"), text()[:-8] + "AAAAAAAA", "", "a.b.c", text() + ".x",
    ],
    ids=["other till", "ended", "other kind", "no number", "member code", "signature", "empty", "dots", "longer"],
)  # fmt: skip
def test_what_is_no_voucher_of_this_till_is_refused(broken: str) -> None:
    with pytest.raises(VoucherRefused):
        kept()[0].keep(broken, NOW)


def test_a_voucher_is_one_member_s_and_ends() -> None:
    till, _ = kept()
    voucher = till.keep(text(), NOW)
    with pytest.raises(VoucherRefused):
        till.spend(sale("s1", "somebody else"), voucher, 1, NOW)
    with pytest.raises(VoucherRefused):
        till.spend(sale("s1"), voucher, 1, NOW + 86_400)
    assert till.of(MEMBER, NOW + 86_400) == []
