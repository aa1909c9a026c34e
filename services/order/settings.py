"""What the order process is told."""

import hashlib
import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field, SecretStr, model_validator

from kit.settings import ProcessSettings
from services.order.checkout.domain_delivery import METHOD, STANDARD

_DEVELOPMENT = "development-webhook-secret-000001"


class Settings(ProcessSettings):
    """Beside the common ones: providers, the keys of page tokens and of PINs, what earns points, ways to ship."""

    # the payment simulator: a provider that pays with nothing, never in production
    simulator_url: str = ""
    simulator_secret: str = Field(default=_DEVELOPMENT, min_length=16, repr=False)
    # Stripe: its secret key, and that of the webhook endpoint; without a key nobody can pay by it
    stripe_key: SecretStr = Field(default=SecretStr(""), repr=False)
    stripe_webhook_secret: SecretStr = Field(default=SecretStr(""), repr=False)
    stripe_url: str = "https://api.stripe.com"
    # LINE Pay: the channel of the merchant; without one nobody can pay by it
    linepay_channel_id: str = ""
    linepay_channel_secret: SecretStr = Field(default=SecretStr(""), repr=False)
    linepay_url: str = "https://api-pay.line.me"
    # whether shoppers may order what they pay for at the counter when they collect
    pay_at_counter: bool = True
    page_key: str = Field(default="development-page-key", min_length=16, repr=False)
    # whether the tax inside a store's prices earns no points
    earn_without_tax: bool = False
    # how old a receipt may be that somebody says is his
    claim_days: int = Field(default=30, ge=1, le=3650)
    # how long a cart of nobody is kept, and one that is over
    cart_idle_days: int = Field(default=30, ge=1, le=3650)
    # how long a frozen price stands still
    cart_freeze_minutes: int = Field(default=30, ge=1, le=1440)
    # the brand's ways to ship, each with its priority: the higher, the sooner; above 0 a place is chosen at once
    shipping_methods: str = "standard=0 express=10"
    # the carrier simulator: a carrier that delivers nothing, never in production
    carrier_url: str = ""
    carrier_secret: str = Field(default=_DEVELOPMENT, min_length=16, repr=False)
    # 64 hexadecimal digits: hashes and seals handover PINs; without one, outside production, a well-known key
    pin_key: SecretStr = Field(default=SecretStr(""), repr=False)

    # the e-invoice simulator: it hands nothing in to any tax office, never in production; empty: documents wait
    einvoice_url: str = ""
    # 32 hexadecimal digits of the tax office's: seals a part of the QR code on printed invoices; empty: zeros instead
    einvoice_qr_key: SecretStr = Field(default=SecretStr(""), repr=False)

    @model_validator(mode="after")
    def _safe_order(self) -> Self:
        if self.env == "production" and self.simulator_url:
            raise ValueError("OMO_SIMULATOR_URL is set, and OMO_ENV is production: orders would be paid with nothing")
        if self.env == "production" and self.carrier_url:
            raise ValueError("OMO_CARRIER_URL is set, and OMO_ENV is production: parcels would be taken by nobody")
        if self.env == "production" and not self.pin_key.get_secret_value():
            raise ValueError("OMO_PIN_KEY is missing, and OMO_ENV is production: anybody could read handover PINs")
        self._whole_providers()
        if self.env == "production" and self.einvoice_url:
            raise ValueError("OMO_EINVOICE_URL is set, and OMO_ENV is production: invoices would be handed in nowhere")
        self.pin_key_bytes()
        self.qr_key()
        self.shipping()
        return self

    def _whole_providers(self) -> None:
        """A provider is configured whole, and in production it is the real one."""
        if bool(self.stripe_key.get_secret_value()) != bool(self.stripe_webhook_secret.get_secret_value()):
            raise ValueError("OMO_STRIPE_KEY and OMO_STRIPE_WEBHOOK_SECRET go together")
        if bool(self.linepay_channel_id) != bool(self.linepay_channel_secret.get_secret_value()):
            raise ValueError("OMO_LINEPAY_CHANNEL_ID and OMO_LINEPAY_CHANNEL_SECRET go together")
        if self.env != "production":
            return
        if self.stripe_key.get_secret_value().startswith(("sk_test_", "rk_test_")):
            raise ValueError("OMO_STRIPE_KEY is a key for tests, and OMO_ENV is production: nobody would really pay")
        for name, url in (("OMO_STRIPE_URL", self.stripe_url), ("OMO_LINEPAY_URL", self.linepay_url)):
            if not url.startswith("https://"):
                raise ValueError(f"{name} is not https, and OMO_ENV is production: the key would be read on its way")
            if "sandbox" in url:
                raise ValueError(f"{name} is a sandbox, and OMO_ENV is production: nobody would really pay")

    def shipping(self) -> Mapping[str, int]:
        """The priority of each way to ship."""
        found: dict[str, int] = {}
        for each in self.shipping_methods.split():
            code, _, priority = each.partition("=")
            if not METHOD.fullmatch(code) or not re.fullmatch(r"\d{1,4}", priority):
                raise ValueError(f"OMO_SHIPPING_METHODS: {each!r} is not a code, = and a priority of 0 to 9999")
            found[code] = int(priority)
        if STANDARD not in found:
            raise ValueError(f"OMO_SHIPPING_METHODS must hold {STANDARD}: so goes what nobody said anything about")
        return found

    def qr_key(self) -> bytes | None:
        """The key of the sealed part of QR codes."""
        given = self.einvoice_qr_key.get_secret_value()
        if given and not re.fullmatch(r"[0-9A-Fa-f]{32}", given):
            raise ValueError("OMO_EINVOICE_QR_KEY is not 32 hexadecimal digits")
        return bytes.fromhex(given) if given else None

    def pin_key_bytes(self) -> bytes:
        """The key of handover PINs."""
        given = self.pin_key.get_secret_value()
        try:
            key = bytes.fromhex(given) if given else hashlib.sha256(b"omo development pin_key").digest()
        except ValueError:
            key = b""
        if len(key) != 32:
            raise ValueError("OMO_PIN_KEY is not 64 hexadecimal digits")
        return key
