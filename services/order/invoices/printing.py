"""What the codes on a printed invoice hold: the Code 39 and the two QR codes of the tax office's layout."""

import base64
from collections.abc import Sequence
from datetime import date

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from services.order.invoices import domain_numbers
from services.order.invoices.domain import Invoice, Line

# the vector of the tax office's own tool, the same for everybody
_VECTOR = base64.b64decode("Dt8lyToo17X/XkXaQvihuA==")
_NOBODY = "00000000"
_UNSEALED = "0" * 24
_OWN = "*" * 10
_UTF8 = "1"
# a QR code of version 6 with its error correction holds so much; what is left stands in the right one, or nowhere
_MOST = 134


def barcode(invoice: Invoice) -> str:
    """Nineteen characters: period, number, random code."""
    return f"{domain_numbers.printed_period(invoice.period)}{invoice.number}{invoice.random_code}"


def qr_codes(invoice: Invoice, day: date, seller: str, tax_id: str, key: bytes | None) -> tuple[str, str]:
    """The left code: 77 characters of the invoice, then its first goods; the right one goes on with the rest.

    Without the key that the tax office gives each business the sealed part is nothing but zeros.
    """
    untaxed = invoice.sales + invoice.free if invoice.business else 0
    head = (
        f"{invoice.number}{domain_numbers.minguo(day)}{invoice.random_code}{untaxed:08x}{invoice.total:08x}"
        f"{tax_id or _NOBODY}{seller or _NOBODY}{_sealed(invoice, key)}"
    )
    goods = [_item(line) for line in invoice.lines]
    left = _fitting(f"{head}:{_OWN}:{len(goods)}:{len(goods)}:{_UTF8}", goods)
    right = _fitting("**", goods[left:])
    shown = "".join(goods[:left])
    counted = f"{head}:{_OWN}:{left + right}:{len(goods)}:{_UTF8}{shown}"
    return counted, "**" + "".join(goods[left : left + right])


def _sealed(invoice: Invoice, key: bytes | None) -> str:
    """Number and random code, AES-128-CBC, in base 64: 24 characters."""
    if key is None:
        return _UNSEALED
    padder = PKCS7(128).padder()
    plain = padder.update(f"{invoice.number}{invoice.random_code}".encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(_VECTOR)).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def _item(line: Line) -> str:
    each = line.amount if line.by_measure else line.amount // max(line.quantity, 1)
    count = 1 if line.by_measure else line.quantity
    return f":{line.name.replace(':', ' ')}:{count}:{each}"


def _fitting(begin: str, texts: Sequence[str]) -> int:
    """How many of these, in their order, a code has room for."""
    room = _MOST - len(begin.encode())
    for count, text in enumerate(texts):
        room -= len(text.encode())
        if room < 0:
            return count
    return len(texts)
