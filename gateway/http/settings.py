"""What the HTTP gateway is told."""

from typing import Self

from pydantic import Field, model_validator

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """Beside the common ones: whom to believe about addresses, who may call from a browser, how much is too much."""

    # how many proxies of ours stand before us: that many entries of X-Forwarded-For, from the right, are believed
    trusted_hops: int = Field(default=0, ge=0, le=5)
    # origins divided by commas; none: no page of another origin may call
    cors_origins: str = ""
    # units of work per minute, see permissions.py; a signed-out caller is known by network address only
    rate_anonymous: int = Field(default=600, ge=1)
    rate_member: int = Field(default=1_200, ge=1)
    rate_staff: int = Field(default=2_400, ge=1)
    rate_hq: int = Field(default=6_000, ge=1)
    # open status streams: in this process, and of one principal
    streams: int = Field(default=2_000, ge=1)
    streams_each: int = Field(default=5, ge=1)

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.env == "production" and "*" in self.cors_origins:
            raise ValueError("OMO_CORS_ORIGINS names every origin, and OMO_ENV is production")
        return self

    @property
    def origins(self) -> list[str]:
        """The origins that may call from a browser."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
