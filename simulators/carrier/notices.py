"""What a carrier tells: each word of a parcel, signed."""

import json
import time

from simulators import telling
from simulators.carrier.store import Book, Notice
from simulators.telling import Letter, sign


class Teller(telling.Teller[Notice]):
    """One signed notification a word."""

    def __init__(self, book: Book, url: str, secret: str) -> None:
        super().__init__(book, url)
        self._secret = secret

    def letter(self, notice: Notice) -> Letter:
        """Signed by the secret that the shop shares."""
        said = {
            "notification_id": notice.notice_id,
            "key": notice.key,
            "kind": notice.kind,
            "time": notice.time,
            "place": notice.place,
        }
        body = json.dumps(said).encode()
        return Letter(self._url, body, {"omo-signature": sign(body, self._secret, int(time.time()))})
