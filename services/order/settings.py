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
    # 64 hexadecimal digits: hashes and seals handover PINs; without one, outside production, a well-known key
    pin_key: SecretStr = Field(default=SecretStr(""), repr=False)

    @model_validator(mode="after")
    def _safe_order(self) -> Self:
        if self.env == "production" and self.simulator_url:
            raise ValueError("OMO_SIMULATOR_URL is set, and OMO_ENV is production: orders would be paid with nothing")
        if self.env == "production" and not self.pin_key.get_secret_value():
            raise ValueError("OMO_PIN_KEY is missing, and OMO_ENV is production: anybody could read handover PINs")
        self.pin_key_bytes()
        self.shipping()
        return self

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
