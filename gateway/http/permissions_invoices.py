"""Who may call what about receipts and electronic invoices."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_HQ = allow(hq=True)
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_BOOKS = allow(hq={"admin", "analyst"})
_READERS = allow(hq={"admin", "service", "analyst"})

INVOICES: Table = {
    ("GET", "/v1/orders/{order_id}/receipt"): Route("receipts.read", _SHOP),
    ("GET", "/v1/orders/{order_id}/receipt.pdf"): Route("receipts.read", _SHOP, cost=5),
    ("GET", "/v1/orders/{order_id}/invoices"): Route("invoices.read", _SHOP),
    ("GET", "/v1/staff/receipts/{code}"): Route("receipts.read", _STAFF, cost=2),
    ("GET", "/v1/staff/orders/{order_id}/receipt"): Route("receipts.read", _STAFF),
    ("GET", "/v1/staff/orders/{order_id}/receipt.pdf"): Route("receipts.read", _STAFF, cost=5),
    ("GET", "/v1/staff/orders/{order_id}/invoices"): Route("invoices.read", _STAFF),
    ("POST", "/v1/staff/invoice-numbers/spoil"): Route("invoice_numbers.spoil", _STAFF, cost=2),
    ("GET", "/v1/hq/orders/{order_id}/receipt"): Route("receipts.read", _READERS),
    ("GET", "/v1/hq/orders/{order_id}/receipt.pdf"): Route("receipts.read", _READERS, cost=5),
    ("GET", "/v1/hq/orders/{order_id}/invoices"): Route("invoices.read", _READERS),
    ("POST", "/v1/hq/orders/{order_id}/invoices/retry"): Route("invoices.retry", _CARE, cost=2),
    ("GET", "/v1/hq/invoices/late"): Route("invoices.read", _READERS, cost=2),
    ("GET", "/v1/hq/invoice-terms"): Route("invoice_terms.read", _HQ),
    ("PUT", "/v1/hq/invoice-terms"): Route("invoice_terms.write", _ADMIN, cost=5),
    ("GET", "/v1/hq/invoice-blocks"): Route("invoice_numbers.read", _READERS),
    ("POST", "/v1/hq/invoice-blocks"): Route("invoice_numbers.allot", _ADMIN, cost=2),
    ("POST", "/v1/hq/invoice-numbers/spoil"): Route("invoice_numbers.spoil", _ADMIN, cost=2),
    ("GET", "/v1/hq/invoice-periods/{period}/numbers"): Route("invoice_numbers.read", _BOOKS, cost=5),
    ("GET", "/v1/hq/export/invoices.csv"): Route("invoices.export", _BOOKS, cost=20),
    ("GET", "/v1/hq/export/invoices.ndjson"): Route("invoices.export", _BOOKS, cost=20),
}
