"""What the order process is told."""

from typing import Self

from pydantic import Field, model_validator

from kit.settings import ProcessSettings

_DEVELOPMENT = "development-webhook-secret-000001"


class Settings(ProcessSettings):
    """Beside the common ones: the payment providers, and the key of page tokens."""

    # the payment simulator: a provider that pays with nothing, never in production
    simulator_url: str = ""
    simulator_secret: str = Field(default=_DEVELOPMENT, min_length=16, repr=False)
    page_key: str = Field(default="development-page-key", min_length=16, repr=False)
    # whether the tax inside a store's prices earns no points
    earn_without_tax: bool = False

    @model_validator(mode="after")
    def _real_money(self) -> Self:
        if self.env == "production" and self.simulator_url:
            raise ValueError("OMO_SIMULATOR_URL is set, and OMO_ENV is production: orders would be paid with nothing")
        return self
