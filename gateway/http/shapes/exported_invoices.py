"""The columns of exported invoices: each a field of the contract's row, with its type and what it means."""

from gateway.http.shapes.exported import Table
from omo.order.v1 import invoice_service_pb2 as pb

_MINOR = "in minor units of the brand's currency"
_MEANINGS = {
    "document": "INVOICE or ALLOWANCE.",
    "number": "As it is printed; of an allowance its invoice's and two digits.",
    "random_code": "Four digits; empty for an allowance.",
    "state": "ISSUED or VOIDED, as of now.",
    "issue_time": "When it was issued, by the clock of where that was; UTC.",
    "void_time": "When it was voided; empty: never; UTC.",
    "order_id": "The order, or the store's sale.",
    "order_no": "For people; of a store's sale the receipt's number.",
    "location_id": "The store that sold it; empty online.",
    "terminal_id": "The till that drew the number; empty: the server did.",
    "business": "Whether it states its tax to a business.",
    "donation_code": "To whom it was given.",
    "sales_amount": f"What it states as sales, {_MINOR}.",
    "tax_amount": f"What it states as tax, {_MINOR}.",
    "free_amount": f"What it states as free of tax, {_MINOR}.",
    "total": f"All of it, {_MINOR}; what an allowance takes off is positive.",
    "upload": "PENDING, DONE or REFUSED at the provider, as of now.",
}
INVOICES = Table("invoices", pb.InvoiceRow, _MEANINGS)
