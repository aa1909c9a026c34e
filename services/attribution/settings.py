"""What the attribution process is told."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from kit.settings import ProcessSettings
from services.attribution.binding.domain import Policy

_DEVELOPMENT = "development-staff-token-secret-0001"


class Settings(ProcessSettings):
    """Beside the common ones: the key of staff tokens, and the brand's binding policy."""

    staff_token_secret: str = Field(default=_DEVELOPMENT, min_length=32, repr=False)
    binding_protected_days: int = Field(default=90, ge=0, le=3650)
    binding_valid_days: int = Field(default=365, ge=1, le=36500)
    page_key: str = Field(default="development-page-key", repr=False)

    @model_validator(mode="after")
    def _own_key(self) -> Self:
        if self.env == "production" and self.staff_token_secret == _DEVELOPMENT:
            raise ValueError("OMO_STAFF_TOKEN_SECRET is missing, and OMO_ENV is production")
        return self

    @property
    def policy(self) -> Policy:
        """The binding policy, versioned by its numbers."""
        version = f"protected-first-{self.binding_protected_days}-{self.binding_valid_days}"
        return Policy(version, timedelta(days=self.binding_protected_days), timedelta(days=self.binding_valid_days))
