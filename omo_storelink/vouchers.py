"""Spends members' points and credit without a line: out of signed vouchers, never more than they hold."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import spend_pb2, trade_pb2
from omo_storelink.codes import statement
from omo_storelink.errors import CodeRefused, VoucherRefused

TYPE = "omo-voucher+jwt"
_KINDS = {
    "POINTS": (spend_pb2.SPEND_KIND_POINTS, trade_pb2.TENDER_KIND_POINTS),
    "CREDIT": (spend_pb2.SPEND_KIND_CREDIT, trade_pb2.TENDER_KIND_STORE_CREDIT),
}


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a voucher says; `value` is what one point pays, 1 for credit."""

    voucher_id: str
    member_id: str
    terminal_id: str
    kind: str
    amount: int
    value: int
    expire_time: int


def verify(text: str, jwks: Mapping[str, Any], terminal_id: str, now: float) -> Voucher:
    """Checks a voucher by the server's published keys; raises VoucherRefused."""
    try:
        claims = statement(text, TYPE, jwks)
    except CodeRefused as refused:
        raise VoucherRefused(str(refused)) from None
    try:
        found = Voucher(
            str(claims["jti"]), str(claims["sub"]), str(claims["terminal"]), str(claims["kind"]),
            int(claims["amount"]), int(claims["point_value"]), int(claims["exp"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        raise VoucherRefused("this is no voucher") from None
    if found.kind not in _KINDS or found.terminal_id != terminal_id:
        raise VoucherRefused("this voucher is for another terminal")
    if found.expire_time <= now:
        raise VoucherRefused("this voucher has expired")
    return found


class Vouchers:
    """A till's vouchers and what it has spent of each, kept on disk: a restart forgets nothing."""

    def __init__(
        self,
        read: Callable[[], str],
        write: Callable[[str], None],
        keys: Callable[[], Mapping[str, Any]],
        terminal_id: str,
    ) -> None:
        self._write = write
        self._keys = keys
        self._terminal_id = terminal_id
        kept: dict[str, Any] = json.loads(read() or "{}")
        self._texts: dict[str, str] = kept.get("texts", {})
        # by voucher, by sale: the same sale again spends nothing more
        self._spent: dict[str, dict[str, int]] = kept.get("spent", {})

    def keep(self, text: str, now: float) -> Voucher:
        """Takes a voucher that was issued while there was a line."""
        found = verify(text, self._keys(), self._terminal_id, now)
        self._texts[found.voucher_id] = text
        self._save()
        return found

    def left(self, voucher: Voucher) -> int:
        """What of it can still be spent here."""
        return voucher.amount - sum(self._spent.get(voucher.voucher_id, {}).values())

    def of(self, member_id: str, now: float) -> list[Voucher]:
        """A member's vouchers that hold something; those that are over are forgotten."""
        found = []
        for voucher_id, text in list(self._texts.items()):
            try:
                voucher = verify(text, self._keys(), self._terminal_id, now)
            except VoucherRefused:
                del self._texts[voucher_id]
                self._spent.pop(voucher_id, None)
                self._save()
                continue
            if voucher.member_id == member_id and self.left(voucher) > 0:
                found.append(voucher)
        return found

    def spend(self, sale: facts_pb2.SaleFact, voucher: Voucher, amount: int, now: float) -> None:
        """Pays a part of a sale: adds the tender and the spend to its fact, and notes it on disk first."""
        spent = self._spent.setdefault(voucher.voucher_id, {})
        if sale.sale_id in spent:
            return
        if voucher.expire_time <= now or sale.member_id != voucher.member_id:
            raise VoucherRefused("this voucher is another member's, or has expired")
        if not 1 <= amount <= self.left(voucher):
            raise VoucherRefused(f"this voucher holds {self.left(voucher)}")
        spent[sale.sale_id] = amount
        self._save()
        kind, tender = _KINDS[voucher.kind]
        sale.tenders.add(kind=tender, amount=amount * voucher.value, reference=voucher.voucher_id)
        sale.spends.add(kind=kind, ref=voucher.voucher_id, amount=amount, pays=amount * voucher.value)

    def _save(self) -> None:
        self._write(json.dumps({"texts": self._texts, "spent": self._spent}))
