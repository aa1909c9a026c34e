"""What a brand keeps of a refund: for goods that stay at another price, for its work, for the way home."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.order.checkout.domain import Order
from services.order.checkout.domain_freight import State as Freight
from services.order.fulfilment import domain_units as fulfilled
from services.order.returns.domain_policy import WHOLE_BP, DeliveryBack, Terms


@dataclass(frozen=True, slots=True)
class Fees:
    """Minor units; all together at most what is owed."""

    requalified: int = 0
    """What the goods that stay would have cost more without those that came back; below 0, what was kept before."""
    restocking: int = 0
    shipping: int = 0
    delivery: int = 0
    """Below 0: what bringing the goods had cost comes back with them."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.requalified + self.restocking + self.shipping + self.delivery


def fees(terms: Terms, owed: int, dearer: int, reason: str, *, sent: bool, waived: bool = False) -> Fees:
    """What is kept of `owed` by the brand's terms; never more than that.

    `sent` goods came to a place that is no store. Whoever takes other goods instead, or had a reason that the brand
    answers for, pays for no work and no way: somebody says `waived`.
    """
    owed = max(owed, 0)
    requalified = min(dearer, owed)
    left = min(owed - requalified, owed)
    if waived or reason in terms.free_reasons:
        return Fees(requalified)
    restocking = left * terms.restocking_bp // WHOLE_BP
    return Fees(requalified, restocking, min(terms.return_shipping if sent else 0, left - restocking))


def delivery(
    order: Order, terms: Terms, reason: str, came: Collection[int], gone: Mapping[int, int], *, instead: bool
) -> int:
    """What of its delivery's fee goes back with the lines that `came`, once `gone` units of each are nobody's any more.

    All of it or nothing: what is still with the shopper was brought. It goes with the last of its own goods, never with
    others. Whoever takes other goods `instead` withdraws from nothing, and the brand answers for its own reasons
    whatever its terms say.
    """
    fee = order.freight
    if fee is None or fee.state is not Freight.CHARGED or not set(came) & set(fee.line_nos):
        return 0
    lines = [line for line in order.lines if line.line_no in fee.line_nos]
    if any(gone.get(line.line_no, 0) < fulfilled.count(line) for line in lines):
        return 0
    owed = reason in terms.free_reasons or (terms.delivery_back is DeliveryBack.WHOLE and not instead)
    return fee.total if owed else 0
