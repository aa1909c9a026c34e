"""The brand's terms of invoices, as data."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import invalid
from services.order.invoices import domain_buyer
from services.order.invoices.domain import Moment

_MAX_VOID_DAYS, _MAX_HOURS, _MAX_NAME, _MAX_CLASSES = 14, 168, 60, 20


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of them; without any, no order has an invoice."""

    version: int = 0
    enabled: bool = False
    seller_tax_id: str = ""
    seller_name: str = ""
    moment: Moment = Moment.HANDOVER
    number_sales: bool = False
    void_days: int = 0
    upload_hours: int = 48
    voucher_tax_classes: tuple[str, ...] = ()
    """Goods of these are vouchers, such as gift cards: what they buy has an invoice, they have none."""

    def upload_until(self, moment: datetime) -> datetime:
        """By when what happened then must have been handed in."""
        return moment + timedelta(hours=self.upload_hours)


def checked(terms: Terms) -> Terms:
    """Refuses terms that make no sense, naming the field."""
    if terms.enabled and not domain_buyer.is_tax_id(terms.seller_tax_id):
        raise invalid("terms.seller_tax_id", "must be eight digits whose check digit is right")
    if not (1 if terms.enabled else 0) <= len(terms.seller_name) <= _MAX_NAME:
        raise invalid("terms.seller_name", f"must be 1 to {_MAX_NAME} characters")
    if not 0 <= terms.void_days <= _MAX_VOID_DAYS:
        raise invalid("terms.void_days", f"must be 0 to {_MAX_VOID_DAYS}")
    if not 1 <= terms.upload_hours <= _MAX_HOURS:
        raise invalid("terms.upload_hours", f"must be 1 to {_MAX_HOURS}")
    if len(terms.voucher_tax_classes) > _MAX_CLASSES or not all(terms.voucher_tax_classes):
        raise invalid("terms.voucher_tax_classes", f"must be at most {_MAX_CLASSES} tax classes")
    return terms
