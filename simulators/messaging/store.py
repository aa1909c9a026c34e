"""The simulator's book: what was sent, to whom, by what; and what is still to be told."""

import sqlite3
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    key TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
    reference TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (channel, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    notice_id TEXT PRIMARY KEY, provider TEXT NOT NULL, body BLOB NOT NULL, told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it arrived; `key` is the sender's own name for it."""

    key: str
    channel: str
    address: str
    subject: str
    text: str
    reference: str

    def shown(self) -> dict[str, str]:
        """As the list shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the shop has not acknowledged yet."""

    notice_id: str
    provider: str
    body: bytes


class Book:
    """Every method is one transaction; a call takes some 30 µs, so none of them leaves the event loop."""

    def __init__(self, file: Path | None) -> None:
        self._db = sqlite3.connect(file or ":memory:", isolation_level=None, timeout=5.0)
        # a simulator owes nobody durability beyond its own crash
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def keep(self, message: Message) -> bool:
        """Keeps it; False if a message of that key was there."""
        values = (message.key, message.channel, message.address, message.subject, message.text, message.reference)
        put = self._db.execute("INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", (*values, time.time()))
        return put.rowcount == 1

    def reference(self, channel: str, key: str) -> str:
        """The simulator's own name of a message that it has."""
        row = self._db.execute(
            "SELECT reference FROM messages WHERE channel = ? AND key = ?", (channel, key)
        ).fetchone()
        return str(row[0]) if row else ""

    def messages(self) -> list[Message]:
        """All of them, the oldest first."""
        rows = self._db.execute("SELECT key, channel, address, subject, text, reference FROM messages ORDER BY at, key")
        return [Message(*row) for row in rows]

    def note(self, notice: Notice) -> None:
        """Something to be told until it is acknowledged."""
        values = (notice.notice_id, notice.provider, notice.body)
        self._db.execute("INSERT OR IGNORE INTO notices (notice_id, provider, body) VALUES (?, ?, ?)", values)

    def untold(self) -> list[Notice]:
        rows = self._db.execute("SELECT notice_id, provider, body FROM notices WHERE told = 0 ORDER BY notice_id")
        return [Notice(*row) for row in rows]

    def told(self, notice_id: str) -> None:
        self._db.execute("UPDATE notices SET told = 1 WHERE notice_id = ?", (notice_id,))
