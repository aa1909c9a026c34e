"""The simulator's book: payments by the caller's key, their parts, and what is still to be told."""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS payments (
    key TEXT PRIMARY KEY, reference TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    instrument TEXT NOT NULL, return_url TEXT NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS payments_by_reference ON payments (reference);
CREATE TABLE IF NOT EXISTS parts (
    key TEXT NOT NULL, kind TEXT NOT NULL, part TEXT NOT NULL, amount INTEGER NOT NULL, refused TEXT NOT NULL,
    PRIMARY KEY (key, kind, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    notice_id TEXT PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    reference TEXT NOT NULL, code TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""
# a book of before refunds took their time
_ADD_PART = "ALTER TABLE notices ADD COLUMN part TEXT NOT NULL DEFAULT ''"
# in the place of a refusal: nobody knows yet
WAITING = "waiting"
_PAYMENT = "SELECT key, reference, amount, currency, instrument, return_url, state, code FROM payments"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment, under the caller's own key."""

    key: str
    reference: str
    amount: int
    currency: str
    instrument: str
    return_url: str
    state: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the shop has not acknowledged yet."""

    notice_id: str
    key: str
    kind: str
    amount: int
    reference: str
    code: str
    part: str = ""


class Book:
    """Every method is one transaction; a call takes some 30 µs, so none of them leaves the event loop."""

    def __init__(self, file: Path | None) -> None:
        self._db = sqlite3.connect(file or ":memory:", isolation_level=None)
        # a simulator owes nobody durability beyond its own crash
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)
        with suppress(sqlite3.OperationalError):
            self._db.execute(_ADD_PART)

    def close(self) -> None:
        self._db.close()

    def find(self, key: str) -> Payment | None:
        row = self._db.execute(f"{_PAYMENT} WHERE key = ?", (key,)).fetchone()
        return Payment(*row) if row else None

    def find_reference(self, reference: str) -> Payment | None:
        row = self._db.execute(f"{_PAYMENT} WHERE reference = ?", (reference,)).fetchone()
        return Payment(*row) if row else None

    def waiting(self, instrument: str) -> list[Payment]:
        """Payments with such an instrument that have no outcome yet."""
        rows = self._db.execute(f"{_PAYMENT} WHERE state = 'waiting' AND instrument = ?", (instrument,))
        return [Payment(*row) for row in rows]

    def open(self, payment: Payment) -> tuple[Payment, bool]:
        """The payment under its key: this one (and True), or the one that was there before."""
        values = (payment.key, payment.reference, payment.amount, payment.currency)
        rest = (payment.instrument, payment.return_url, payment.state, payment.code)
        put = self._db.execute("INSERT OR IGNORE INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*values, *rest))
        found = self.find(payment.key)
        assert found is not None, "just put there"
        return found, put.rowcount == 1

    def move(self, key: str, since: tuple[str, ...], to: str, code: str = "") -> bool:
        """Changes the state, if it is one of `since`."""
        marks = ", ".join("?" * len(since))
        done = self._db.execute(
            f"UPDATE payments SET state = ?, code = ? WHERE key = ? AND state IN ({marks})", (to, code, key, *since)
        )
        return done.rowcount == 1

    def part(self, key: str, kind: str, part: str) -> str | None:
        """Why that part was refused, empty if it was not, None if it was never asked for."""
        row = self._db.execute(
            "SELECT refused FROM parts WHERE key = ? AND kind = ? AND part = ?", (key, kind, part)
        ).fetchone()
        return str(row[0]) if row else None

    def total(self, key: str, kind: str) -> int:
        """What the parts of a kind come to."""
        (sums,) = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM parts WHERE key = ? AND kind = ? AND refused IN ('', ?)",
            (key, kind, WAITING),
        ).fetchone()
        return int(sums)

    def add_part(self, key: str, kind: str, part: str, amount: int, refused: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO parts VALUES (?, ?, ?, ?, ?)", (key, kind, part, amount, refused))

    def parts(self, key: str, kind: str) -> int:
        """How many were asked for."""
        (count,) = self._db.execute("SELECT count(*) FROM parts WHERE key = ? AND kind = ?", (key, kind)).fetchone()
        return int(count)

    def waiting_parts(self) -> list[tuple[str, str]]:
        """Refunds, by payment and key, of which nobody knows yet."""
        rows = self._db.execute("SELECT key, part FROM parts WHERE kind = 'refund' AND refused = ?", (WAITING,))
        return [(str(key), str(part)) for key, part in rows]

    def end_part(self, key: str, kind: str, part: str, refused: str) -> int:
        """It is known now; gives the amount."""
        (amount,) = self._db.execute(
            "UPDATE parts SET refused = ? WHERE key = ? AND kind = ? AND part = ? RETURNING amount",
            (refused, key, kind, part),
        ).fetchone()
        return int(amount)

    def note(self, notice: Notice) -> None:
        """Something to be told until it is acknowledged."""
        values = (notice.notice_id, notice.key, notice.kind, notice.amount, notice.reference, notice.code, notice.part)
        self._db.execute(
            "INSERT OR IGNORE INTO notices (notice_id, key, kind, amount, reference, code, part)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def untold(self) -> list[Notice]:
        rows = self._db.execute(
            "SELECT notice_id, key, kind, amount, reference, code, part FROM notices WHERE told = 0 ORDER BY notice_id"
        )
        return [Notice(*row) for row in rows]

    def told(self, notice_id: str) -> None:
        self._db.execute("UPDATE notices SET told = 1 WHERE notice_id = ?", (notice_id,))
