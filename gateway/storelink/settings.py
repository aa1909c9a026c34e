"""What the store door is told."""

from typing import Literal, Self

from pydantic import Field, model_validator

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """TLS is on unless a developer or a test turns it off; certificate and key come by `_FILE`."""

    tls: Literal["on", "off"] = "on"
    tls_certificate: str = ""
    tls_key: str = Field(default="", repr=False)
    heartbeat_seconds: int = Field(default=20, ge=1, le=300)
    # how late a revoked terminal is noticed at most, should its event not arrive
    recheck_seconds: float = Field(default=60.0, gt=0, le=600)
    # streams are asked to reconnect at this age, give or take a fifth
    session_minutes: float = Field(default=30.0, gt=0, le=1440)

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.tls == "off" and self.env not in ("development", "test"):
            raise ValueError(f"OMO_TLS is off, and OMO_ENV is {self.env}: tills send personal data")
        if self.tls == "on" and not (self.tls_certificate and self.tls_key):
            raise ValueError("OMO_TLS_CERTIFICATE_FILE and OMO_TLS_KEY_FILE must name the door's certificate and key")
        return self
