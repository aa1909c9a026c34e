"""What signing in is told beside keys and codes: the LINE channel, and the site that passkeys are for."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from kit.settings import ProcessSettings

_LOCAL = {"127.0.0.1", "::1", "localhost"}


class SignInSettings(ProcessSettings):
    """What is left empty is not offered."""

    # LINE Login: the channel's id and secret, and the pages to which LINE may send browsers back
    line_login_issuer: str = "https://access.line.me"
    line_login_client_id: str = ""
    line_login_client_secret: SecretStr = SecretStr("")
    line_login_redirects: str = ""

    # the domain that passkeys are bound to, and the origins (https://…, android:apk-key-hash:…) that may use them
    passkey_domain: str = Field(default="", pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)*)?$")
    passkey_origins: str = ""
    passkey_brand: str = "OMO"

    # the page that opens the link of a letter to an e-mail address; the token is put behind it
    email_link_url: str = ""
    # what somebody looked at before he signed in becomes his for so many days back
    anonymous_days: int = Field(default=30, ge=0, le=365)

    @model_validator(mode="after")
    def _safe_sign_in(self) -> Self:
        if self.line_login_client_id and not (self.line_login_client_secret.get_secret_value() and self.redirects()):
            raise ValueError(
                "OMO_LINE_LOGIN_CLIENT_ID is set: OMO_LINE_LOGIN_CLIENT_SECRET and OMO_LINE_LOGIN_REDIRECTS are needed"
            )
        if self.passkey_domain and not self.origins():
            raise ValueError("OMO_PASSKEY_DOMAIN is set: OMO_PASSKEY_ORIGINS is needed")
        if self.env == "production":
            self._refuse_clear_text()
        elif (host := urlsplit(self.line_login_issuer)).scheme != "https" and host.hostname not in _LOCAL:
            raise ValueError("OMO_LINE_LOGIN_ISSUER must be https, or on this machine")
        return self

    def _refuse_clear_text(self) -> None:
        named = {"OMO_LINE_LOGIN_ISSUER": [self.line_login_issuer], "OMO_EMAIL_LINK_URL": [self.email_link_url]}
        named["OMO_PASSKEY_ORIGINS"] = [one for one in self.origins() if "://" in one]
        for name, urls in named.items():
            if any(url and not url.startswith("https://") for url in urls):
                raise ValueError(f"{name} must be https, because OMO_ENV is production")

    def redirects(self) -> frozenset[str]:
        """Where LINE may send browsers back to: whole addresses, compared as they stand."""
        return frozenset(filter(None, (one.strip() for one in self.line_login_redirects.split(","))))

    def origins(self) -> list[str]:
        """Who may use passkeys of the domain."""
        return list(filter(None, (one.strip() for one in self.passkey_origins.split(","))))
