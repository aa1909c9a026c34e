"""What the channels are told: a channel exists when its provider is named."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from kit.settings import ProcessSettings

_PUSH_SERVICES = (
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.services.mozilla.com,"
    "web.push.apple.com,*.push.apple.com,*.notify.windows.com"
)
_SHORTEST_SECRET = 16


class ChannelSettings(ProcessSettings):
    """Providers of e-mail, LINE, text messages and web push."""

    # e-mail: empty host, no e-mail
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = Field(default="", pattern=r"^([^@\s<>]+@[^@\s<>]+)?$")
    # what List-Unsubscribe names, with the letter's token behind it
    unsubscribe_url: str = ""
    # signs reports of bounces and deliveries of e-mail
    mail_report_secret: SecretStr = SecretStr("")

    # LINE's Messaging API: the channel's access token sends, its secret signs what comes in
    line_channel_token: SecretStr = SecretStr("")
    line_channel_secret: SecretStr = SecretStr("")
    line_api_url: str = ""

    # text messages: a signed webhook to the provider's adapter, and the same secret for its reports
    sms_webhook_url: str = ""
    sms_webhook_secret: SecretStr = SecretStr("")

    # web push: a P-256 private key (base64url), a mailto: or https: contact, the push services that are trusted
    push_private_key: SecretStr = SecretStr("")
    push_contact: str = Field(default="", pattern=r"^((mailto:|https://)\S+)?$")
    push_hosts: str = Field(default=_PUSH_SERVICES, pattern=r"^[a-z0-9.*,-]+$")

    # how long a shopper waits for an answer before it is somebody's task, and then the next one's
    answer_minutes: int = Field(default=30, ge=1, le=10_080)

    # prints messages to the process's output
    message_console: bool = False

    @model_validator(mode="after")
    def _safe_channels(self) -> Self:
        self._refuse_halves()
        if self.env == "production":
            self._refuse_unsafe_channels()
        return self

    def _refuse_halves(self) -> None:
        if self.smtp_host and not self.mail_from:
            raise ValueError("OMO_SMTP_HOST is set: OMO_MAIL_FROM is needed")
        if bool(self.sms_webhook_url) != bool(_shown(self.sms_webhook_secret)):
            raise ValueError("OMO_SMS_WEBHOOK_URL and OMO_SMS_WEBHOOK_SECRET are needed together")
        if bool(_shown(self.push_private_key)) != bool(self.push_contact):
            raise ValueError("OMO_PUSH_PRIVATE_KEY and OMO_PUSH_CONTACT are needed together")
        if bool(_shown(self.line_channel_token)) != bool(_shown(self.line_channel_secret)):
            raise ValueError("OMO_LINE_CHANNEL_TOKEN and OMO_LINE_CHANNEL_SECRET are needed together")

    def _refuse_unsafe_channels(self) -> None:
        if self.message_console:
            raise ValueError("OMO_MESSAGE_CONSOLE prints messages to members, and OMO_ENV is production")
        if self.smtp_host:
            self._refuse_unsafe_mail()
        for name in ("sms_webhook_url", "line_api_url", "unsubscribe_url"):
            if getattr(self, name) and urlsplit(getattr(self, name)).scheme != "https":
                raise ValueError(f"OMO_{name.upper()} must be https, because OMO_ENV is production")
        for name in ("sms_webhook_secret", "line_channel_secret", "mail_report_secret"):
            if 0 < len(_shown(getattr(self, name))) < _SHORTEST_SECRET:
                raise ValueError(f"OMO_{name.upper()} is shorter than 16 characters, and OMO_ENV is production")
        if {"127.0.0.1", "localhost", "*"} & set(self.push_services()):
            raise ValueError("OMO_PUSH_HOSTS names this machine or everybody, and OMO_ENV is production")

    def _refuse_unsafe_mail(self) -> None:
        if self.smtp_security == "none":
            raise ValueError("OMO_SMTP_SECURITY is none, and OMO_ENV is production")
        if not self.unsubscribe_url:
            raise ValueError("OMO_SMTP_HOST is set, and OMO_ENV is production: OMO_UNSUBSCRIBE_URL is needed")

    def push_services(self) -> tuple[str, ...]:
        """The hosts to which notifications are posted."""
        return tuple(filter(None, self.push_hosts.split(",")))


def _shown(secret: SecretStr) -> str:
    return secret.get_secret_value()
