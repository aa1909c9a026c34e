"""What the messaging simulator is told."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from kit.settings import ProcessSettings


class Settings(ProcessSettings):
    """Which of its two faces it shows, where it keeps its book, and whom it tells."""

    # http: LINE's API and an adapter of text messages; smtp: a mail server. Both write into the same book
    face: Literal["http", "smtp"] = "http"
    # a file, so that what was sent is known after a restart; empty keeps it in memory
    state_file: Path | None = None
    # the token that pushes carry, and the secret that signs what LINE tells
    line_token: str = Field(default="development-line-token-000000001", repr=False)
    line_secret: str = Field(default="development-line-secret-00000001", min_length=16, repr=False)
    # LINE Login: the channel that may send browsers, its secret, and where they may be sent back to
    line_login_client_id: str = "2001234567"
    line_login_client_secret: str = Field(default="development-login-secret-0000001", min_length=16, repr=False)
    line_login_redirects: str = "https://shop.example/line"
    # signs text messages to it, and its reports
    sms_secret: str = Field(default="development-sms-secret-000000001", min_length=16, repr=False)
    # the gateway's door for messages, to which /line or /sms is added; empty tells nobody
    webhook_url: str = ""
