"""Receipts, as every audience is shown them."""

from gateway.http.shapes.fields import Shown
from gateway.http.shapes.invoiced import ReceiptHead
from gateway.http.shapes.sold import Order


class SaleReceipt(ReceiptHead):
    """What a shopper gets for his money."""

    order: Order


class ReceiptAnswer(Shown):
    """One receipt."""

    receipt: SaleReceipt
