"""What the inventory service is told, beside what every process is told."""

import hashlib

from pydantic import Field

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """The brand's own defaults for holds."""

    hold_ttl_seconds: int = Field(default=600, ge=60, le=86_400)
    # cart holds that a shopper may have made himself and that still stand: a shelf is no place to keep things on
    cart_holds_most: int = Field(default=20, ge=1, le=1_000_000)
    # of ended holds; longer than any call or event is tried again (72 hours, 30 days), so that their rows answer it
    hold_retention_days: int = Field(default=60, ge=31, le=3650)

    def page_key(self) -> bytes:
        """Signs page tokens."""
        return hashlib.sha256(f"omo inventory pages {self.service_secret}".encode()).digest()
