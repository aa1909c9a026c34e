"""The simulator's book: every document that was sent, what became of it, and what invoices have come to."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    key TEXT PRIMARY KEY, verb TEXT NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL,
    asked INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invoices (
    period INTEGER NOT NULL, number TEXT NOT NULL, total INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (period, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS allowances (
    period INTEGER NOT NULL, number TEXT NOT NULL, allowance TEXT NOT NULL, amount INTEGER NOT NULL,
    state TEXT NOT NULL, PRIMARY KEY (period, number, allowance)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Document:
    """One step, under the caller's own key."""

    key: str
    verb: str
    state: str
    code: str


class Book:
    """Every method is one transaction; a call takes some 30 µs, so none of them leaves the event loop."""

    def __init__(self, file: Path | None) -> None:
        self._db = sqlite3.connect(file or ":memory:", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def find(self, key: str) -> Document | None:
        row = self._db.execute("SELECT key, verb, state, code FROM documents WHERE key = ?", (key,)).fetchone()
        return Document(*row) if row else None

    def put(self, document: Document, body: str) -> None:
        """Keeps a step and its outcome; a later outcome takes an earlier one's place."""
        values = (document.key, document.verb, document.state, document.code, body)
        self._db.execute(
            "INSERT INTO documents (key, verb, state, code, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET state = excluded.state, code = excluded.code, asked = asked + 1",
            values,
        )

    def body(self, key: str) -> str:
        """What was sent."""
        (found,) = self._db.execute("SELECT body FROM documents WHERE key = ?", (key,)).fetchone()
        return str(found)

    def many(self) -> dict[str, int]:
        """How many steps stand where."""
        rows = self._db.execute("SELECT verb || ':' || state, count(*) FROM documents GROUP BY 1 ORDER BY 1")
        return {str(row[0]): int(row[1]) for row in rows}

    def invoice(self, period: int, number: str) -> tuple[int, str] | None:
        """An invoice's total and state."""
        row = self._db.execute(
            "SELECT total, state FROM invoices WHERE period = ? AND number = ?", (period, number)
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def issue(self, period: int, number: str, total: int) -> None:
        self._db.execute("INSERT INTO invoices VALUES (?, ?, ?, 'ISSUED')", (period, number, total))

    def void(self, period: int, number: str) -> None:
        self._db.execute("UPDATE invoices SET state = 'VOIDED' WHERE period = ? AND number = ?", (period, number))

    def allowed(self, period: int, number: str) -> int:
        """What its allowances take off an invoice."""
        (found,) = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM allowances WHERE period = ? AND number = ? AND state = 'ISSUED'",
            (period, number),
        ).fetchone()
        return int(found)

    def allow(self, period: int, number: str, allowance: str, amount: int) -> None:
        self._db.execute("INSERT INTO allowances VALUES (?, ?, ?, ?, 'ISSUED')", (period, number, allowance, amount))

    def void_allowance(self, period: int, number: str, allowance: str) -> bool:
        """Whether there was one."""
        done = self._db.execute(
            "UPDATE allowances SET state = 'VOIDED' WHERE period = ? AND number = ? AND allowance = ?",
            (period, number, allowance),
        )
        return done.rowcount == 1
