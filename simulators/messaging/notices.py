"""What people write and what became of messages: signed as LINE signs, or as an adapter does."""

import base64
import hmac
import time

from simulators import telling
from simulators.messaging.store import Book, Notice
from simulators.telling import Letter, sign


class Teller(telling.Teller[Notice]):
    """One telling a notice, at the provider's own address."""

    def __init__(self, book: Book, url: str, line_secret: str, sms_secret: str) -> None:
        super().__init__(book, url)
        self._line_secret = line_secret
        self._sms_secret = sms_secret

    def letter(self, notice: Notice) -> Letter:
        """Signed as its provider signs."""
        url = f"{self._url}/{notice.provider}"
        if notice.provider == "line":
            mac = hmac.digest(self._line_secret.encode(), notice.body, "sha256")
            return Letter(url, notice.body, {"x-line-signature": base64.b64encode(mac).decode()})
        return Letter(url, notice.body, {"omo-signature": sign(notice.body, self._sms_secret, int(time.time()))})
