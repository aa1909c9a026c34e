"""Seals what a buyer says of himself, finds it again by a keyed hash, and signs the codes of receipts."""

import base64
import hmac
import secrets
import uuid

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.order.invoices import domain_buyer
from services.order.invoices.domain import Buyer, Kept, ReceiptCodeInvalid

_NONCE, _SIGNATURE = 12, 10
_PREFIX = "R1"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str]).decode


class Seals:
    """The process's keys of buyers and receipts."""

    def __init__(self, key: bytes) -> None:
        self._sealing = AESGCM(_derived(key, "buyer"))
        self._finding = _derived(key, "carrier")
        self._signing = _derived(key, "receipt")
        self._asking = _derived(key, "request")

    def close(self, order_id: str, buyer: Buyer) -> Kept:
        """What may be kept of a buyer."""
        sealed = None
        if buyer.carrier or buyer.tax_id:
            nonce = secrets.token_bytes(_NONCE)
            plain = _encode((buyer.carrier, buyer.tax_id))
            sealed = nonce + self._sealing.encrypt(nonce, plain, order_id.encode())
        return Kept(
            order_id, buyer.carrier_kind, buyer.donation_code, buyer.business, buyer.print,
            domain_buyer.masked_carrier(buyer), domain_buyer.masked_tax_id(buyer), sealed,
            self.carrier(buyer.carrier) if buyer.carrier else None,
        )  # fmt: skip

    def open(self, kept: Kept) -> Buyer:
        """The buyer's own words; without them where he was forgotten, or the key is gone."""
        carrier = tax_id = ""
        if kept.sealed is not None:
            try:
                plain = self._sealing.decrypt(kept.sealed[:_NONCE], kept.sealed[_NONCE:], kept.order_id.encode())
                carrier, tax_id = _decode(plain)
            except InvalidTag:
                carrier = tax_id = ""
        return Buyer(kept.carrier_kind, carrier, kept.donation_code, tax_id, kept.print)

    def carrier(self, text: str) -> bytes:
        """By which a sale is found again."""
        return hmac.digest(self._finding, text.encode(), "sha256")

    def request(self, fingerprint: bytes) -> bytes:
        """By which a request that says such things is known again: from a hash without a key they could be guessed."""
        return hmac.digest(self._asking, fingerprint, "sha256")

    def code(self, order_id: str) -> str:
        """What is printed on a receipt: whoever holds it may see that sale in a store, and no other."""
        named = uuid.UUID(order_id).bytes
        return f"{_PREFIX}.{_text(named + self._sign(named))}"

    def read(self, code: str) -> str:
        """The order whose receipt this is."""
        prefix, _, text = code.strip().partition(".")
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        named, signature = raw[:16], raw[16:]
        if prefix != _PREFIX or _text(raw) != text or not hmac.compare_digest(signature, self._sign(named)):
            raise ReceiptCodeInvalid("the code is on none of our receipts", field="code")
        return str(uuid.UUID(bytes=named))

    def _sign(self, named: bytes) -> bytes:
        return hmac.digest(self._signing, named, "sha256")[:_SIGNATURE]


def is_code(text: str) -> bool:
    """Whether it looks like a receipt's code, and not like an order's number."""
    return text.strip().startswith(f"{_PREFIX}.")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, None, f"omo order invoice {purpose}".encode()).derive(key)
