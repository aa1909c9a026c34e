"""What the member service is told, beside what every process is told."""

import hashlib
from typing import Literal, Self

from pydantic import Field, Json, SecretStr, field_validator, model_validator

from services.member.channels.settings import ChannelSettings
from services.member.signin.settings import SignInSettings

KEY_BYTES = 32


class Settings(ChannelSettings, SignInSettings):
    """Keys are 64 hexadecimal digits; outside production a missing key is replaced by a well-known one."""

    # service name -> secret, as JSON; each service shows its own as OMO_SERVICE_SECRET
    service_secrets: Json[dict[str, SecretStr]] = Field(default="{}", validate_default=True, repr=False)
    # wraps each member's data key and the signing keys; may be changed while the old one is still given
    key_encryption_key: SecretStr = SecretStr("")
    key_encryption_key_old: SecretStr = SecretStr("")
    # finds phones by keyed hash; changing it means hashing every identifier again
    lookup_key: SecretStr = SecretStr("")

    country: str = Field(default="TW", pattern=r"^[A-Z]{2}$")
    # where codes may be sent, separated by commas; the brand's own country is always one
    otp_countries: str = Field(default="", pattern=r"^([A-Z]{2}(,[A-Z]{2})*)?$")
    otp_daily_cap: int = Field(default=20_000, ge=1)
    # how many may share one card, whose their points are (person | household), who takes them out (everyone | owner)
    household_limit: int = Field(default=5, ge=2, le=50)
    household_earning: Literal["person", "household"] = "person"
    household_drawing: Literal["everyone", "owner"] = "everyone"
    # how long two members who were made one can be made two again
    merge_undo_days: int = Field(default=30, ge=1, le=365)
    # where the front door answers links in messages, such as https://shop.example.com/v1/t; empty: nothing is followed
    message_link_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    otp_sender: Literal["console", "webhook"] = "console"
    otp_webhook_url: str = ""
    otp_webhook_secret: SecretStr = SecretStr("")

    @field_validator("key_encryption_key", "key_encryption_key_old", "lookup_key")
    @classmethod
    def _hexadecimal(cls, value: SecretStr) -> SecretStr:
        _bytes(value)
        return value

    @model_validator(mode="after")
    def _safe_member(self) -> Self:
        if self.otp_sender == "webhook" and not (self.otp_webhook_url and self.otp_webhook_secret.get_secret_value()):
            raise ValueError("OMO_OTP_SENDER is webhook: OMO_OTP_WEBHOOK_URL and OMO_OTP_WEBHOOK_SECRET are needed")
        if self.env == "production":
            self._refuse_defaults()
        return self

    def _refuse_defaults(self) -> None:
        for name in ("key_encryption_key", "lookup_key"):
            if getattr(self, name).get_secret_value() in ("", _well_known(name).hex()):
                raise ValueError(f"OMO_{name.upper()} is missing or a default, and OMO_ENV is production")
        if self.otp_sender == "console":
            raise ValueError("OMO_OTP_SENDER is console, which prints login codes, and OMO_ENV is production")
        if not self.otp_webhook_url.startswith("https://"):
            raise ValueError("OMO_OTP_WEBHOOK_URL must be https, because OMO_ENV is production")
        if self.message_link_url and not self.message_link_url.startswith("https://"):
            raise ValueError("OMO_MESSAGE_LINK_URL must be https, because OMO_ENV is production")
        if any(len(secret.get_secret_value()) < KEY_BYTES for secret in self.service_secrets.values()):
            raise ValueError("OMO_SERVICE_SECRETS holds a secret shorter than 32 characters, and OMO_ENV is production")

    def wrapping_keys(self) -> list[bytes]:
        """The key-encryption keys, the present one first."""
        present = _bytes(self.key_encryption_key) or _well_known("key_encryption_key")
        old = _bytes(self.key_encryption_key_old)
        return [present, old] if old else [present]

    def hashing_key(self) -> bytes:
        """The key of every keyed hash."""
        return _bytes(self.lookup_key) or _well_known("lookup_key")

    def otp_regions(self) -> frozenset[str]:
        """The countries to which codes go."""
        return frozenset({self.country, *filter(None, self.otp_countries.split(","))})


def _bytes(value: SecretStr) -> bytes:
    text = value.get_secret_value()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b"?"
    if text and len(key) != KEY_BYTES:
        raise ValueError(f"a key is {2 * KEY_BYTES} hexadecimal digits")
    return key if text else b""


def _well_known(name: str) -> bytes:
    return hashlib.sha256(f"omo development {name}".encode()).digest()
