"""The simulator's book: shipments by the caller's key, and what is still to be told of them."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS shipments (
    key TEXT PRIMARY KEY, tracking_no TEXT NOT NULL, state TEXT NOT NULL, refused TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS shipments_by_tracking_no ON shipments (tracking_no);
CREATE TABLE IF NOT EXISTS notices (
    notice_id TEXT PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, time TEXT NOT NULL, place TEXT NOT NULL,
    told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS notices_of_shipment ON notices (key, notice_id);
"""
_SHIPMENT = "SELECT key, tracking_no, state, refused FROM shipments"
_NOTICE = "SELECT notice_id, key, kind, time, place FROM notices"


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel, under the caller's own key; whom it goes to is printed on it and not kept."""

    key: str
    tracking_no: str
    state: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the shop has not acknowledged yet."""

    notice_id: str
    key: str
    kind: str
    time: str
    place: str = ""


class Book:
    """Every method is one transaction; a call takes some 30 µs, so none of them leaves the event loop."""

    def __init__(self, file: Path | None) -> None:
        self._db = sqlite3.connect(file or ":memory:", isolation_level=None)
        # a simulator owes nobody durability beyond its own crash
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def open(self, given: Shipment) -> Shipment:
        """The shipment under its key: this one, or the one that was there before."""
        values = (given.key, given.tracking_no, given.state, given.refused)
        self._db.execute("INSERT OR IGNORE INTO shipments VALUES (?, ?, ?, ?)", values)
        found = self.find(given.key)
        assert found is not None, "just put there"
        return found

    def find(self, key: str) -> Shipment | None:
        row = self._db.execute(f"{_SHIPMENT} WHERE key = ?", (key,)).fetchone()
        return Shipment(*row) if row else None

    def by_tracking_no(self, tracking_no: str) -> Shipment | None:
        row = self._db.execute(f"{_SHIPMENT} WHERE tracking_no = ?", (tracking_no,)).fetchone()
        return Shipment(*row) if row else None

    def move(self, key: str, state: str) -> None:
        self._db.execute("UPDATE shipments SET state = ? WHERE key = ?", (state, key))

    def note(self, notice: Notice) -> None:
        """Something to be told until it is acknowledged."""
        values = (notice.notice_id, notice.key, notice.kind, notice.time, notice.place)
        self._db.execute("INSERT INTO notices (notice_id, key, kind, time, place) VALUES (?, ?, ?, ?, ?)", values)

    def of(self, key: str) -> list[Notice]:
        """All that was ever told of a shipment."""
        rows = self._db.execute(f"{_NOTICE} WHERE key = ? ORDER BY notice_id", (key,))
        return [Notice(*row) for row in rows]

    def untold(self) -> list[Notice]:
        return [Notice(*row) for row in self._db.execute(f"{_NOTICE} WHERE told = 0 ORDER BY notice_id")]

    def told(self, notice_id: str) -> None:
        self._db.execute("UPDATE notices SET told = 1 WHERE notice_id = ?", (notice_id,))

    def tell_again(self, key: str) -> None:
        """Has all of a shipment told once more, as carriers do."""
        self._db.execute("UPDATE notices SET told = 0 WHERE key = ?", (key,))
