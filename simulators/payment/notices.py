"""What a payment provider tells: how a payment or refund ended, once per end."""

import json
import time

from simulators import telling
from simulators.payment.store import Book, Notice
from simulators.telling import Letter, sign


class Teller(telling.Teller[Notice]):
    """One signed notification an end."""

    def __init__(self, book: Book, url: str, secret: str) -> None:
        super().__init__(book, url)
        self._secret = secret

    def letter(self, notice: Notice) -> Letter:
        """Signed by the secret that the shop shares."""
        body = json.dumps(
            {
                "notification_id": notice.notice_id,
                "key": notice.key,
                "kind": notice.kind,
                "amount": notice.amount,
                "reference": notice.reference,
                "code": notice.code,
                "part": notice.part,
            }
        ).encode()
        return Letter(self._url, body, {"omo-signature": sign(body, self._secret, int(time.time()))})
