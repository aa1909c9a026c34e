"""Who may call what about receipts and invoices: one line per RPC."""

from kit.access import Permissions, allow

_INVOICES = "/omo.order.v1.InvoiceService/"
_READERS = {"admin", "service", "analyst"}
_EVERYBODY_IN = allow(shop=True, staff=True, hq=_READERS, device=True, service=True)
_BOOKS = allow(hq={"admin", "analyst"}, service={"operator"})

INVOICES: Permissions = {
    f"{_INVOICES}GetReceipt": ("receipts.read", _EVERYBODY_IN),
    f"{_INVOICES}PrintReceipt": ("receipts.read", _EVERYBODY_IN),
    f"{_INVOICES}ListInvoices": ("invoices.read", _EVERYBODY_IN),
    f"{_INVOICES}RetryInvoices": ("invoices.retry", allow(hq={"admin", "service"}, service={"operator"})),
    f"{_INVOICES}GetInvoiceTerms": ("invoice_terms.read", allow(hq=True, service=True)),
    f"{_INVOICES}PutInvoiceTerms": ("invoice_terms.write", allow(hq={"admin"}, service={"operator"})),
    f"{_INVOICES}AllotNumbers": ("invoice_numbers.allot", allow(hq={"admin"}, service={"operator"})),
    # a run of numbers is no secret: every till hears of all of them
    f"{_INVOICES}ListBlocks": ("invoice_numbers.read", allow(hq=_READERS, service=True)),
    f"{_INVOICES}ReportNumbers": ("invoice_numbers.read", _BOOKS),
    f"{_INVOICES}SpoilNumbers": (
        "invoice_numbers.spoil",
        allow(staff=True, hq={"admin"}, device=True, service={"operator"}),
    ),
    f"{_INVOICES}ExportInvoices": ("invoices.export", _BOOKS),
}
