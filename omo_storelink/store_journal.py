"""The till's journal: a SQLite file in which a fact is durable before its receipt is printed."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from omo_storelink.errors import JournalDamaged, JournalInUse, NotRefused, RecordedOtherwise
from omo_storelink.lanes import Head

ARCHIVE_SECONDS = 7 * 24 * 3600.0

# FULL: a commit returns when the write-ahead log is on disk. EXCLUSIVE: one process numbers, no other.
_SETTINGS = (
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
)
_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS lanes (
    lane INTEGER PRIMARY KEY, head INTEGER NOT NULL DEFAULT 0, acked INTEGER NOT NULL DEFAULT 0,
    contacted INTEGER NOT NULL DEFAULT 0, base BLOB NOT NULL DEFAULT x'', tip BLOB NOT NULL DEFAULT x'')
""",
    """
CREATE TABLE IF NOT EXISTS facts (
    lane INTEGER NOT NULL, sequence INTEGER NOT NULL, key TEXT NOT NULL, payload BLOB NOT NULL, chain BLOB NOT NULL,
    recorded REAL NOT NULL, acked REAL, note TEXT NOT NULL DEFAULT '', PRIMARY KEY (lane, sequence)) WITHOUT ROWID
""",
    "CREATE UNIQUE INDEX IF NOT EXISTS facts_by_key ON facts (lane, key)",
    "CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value NOT NULL)",
)
_LANES = "SELECT lane, acked FROM lanes"
_BEGIN_LANE = "INSERT INTO lanes (lane) VALUES (?) ON CONFLICT DO NOTHING"
_LANE = "SELECT head, acked, contacted, base, tip FROM lanes WHERE lane = ?"
_KNOWN = "SELECT sequence, payload FROM facts WHERE lane = ? AND key = ?"
_APPEND = "INSERT INTO facts (lane, sequence, key, payload, chain, recorded) VALUES (?, ?, ?, ?, ?, ?)"
_ADVANCE = "UPDATE lanes SET head = ?, tip = ? WHERE lane = ?"
_READ = "SELECT sequence, payload FROM facts WHERE lane = ? AND sequence >= ? ORDER BY sequence LIMIT ?"
_ACKNOWLEDGE = "UPDATE lanes SET acked = ? WHERE lane = ? AND acked < ?"
_STAMP = "UPDATE facts SET acked = ? WHERE lane = ? AND sequence > ? AND sequence <= ?"
_CONTACT = "UPDATE lanes SET contacted = 1, head = ? WHERE lane = ?"
_RENUMBER = "UPDATE facts SET sequence = sequence + ? WHERE lane = ? AND sequence = ?"
_SEQUENCES = "SELECT sequence FROM facts WHERE lane = ? ORDER BY sequence DESC"
_OLD = """
SELECT sequence, chain FROM facts
 WHERE lane = ? AND sequence <= ? AND acked < ? AND note = '' ORDER BY sequence
"""
_KEPT_NOTE = "SELECT min(sequence) FROM facts WHERE lane = ? AND note <> ''"
_TRIM = "DELETE FROM facts WHERE lane = ? AND sequence <= ?"
_REBASE = "UPDATE lanes SET base = ? WHERE lane = ?"
_NOTE = "UPDATE facts SET note = ? WHERE lane = ? AND sequence = ?"
_NOTED = "SELECT sequence, note FROM facts WHERE lane = ? AND note <> '' ORDER BY sequence"
_REPLACE = "UPDATE facts SET key = ?, payload = ?, note = '' WHERE lane = ? AND sequence = ? AND note LIKE 'refused%'"
_CHAINED = "SELECT sequence, payload, chain FROM facts WHERE lane = ? ORDER BY sequence"
_COUNT = "INSERT INTO notes (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
_NOTE_VALUE = "SELECT value FROM notes WHERE name = ?"
_PUT_NOTE = "INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)"
_RECHAIN = "UPDATE facts SET chain = ? WHERE lane = ? AND sequence = ?"


class Journal:
    """Facts by lane, numbered from 1 without gaps; safe to use from any thread of one process."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], float] = time.time) -> None:
        self._db = connection
        self._clock = clock
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path | str, clock: Callable[[], float] = time.time) -> "Journal":
        """Opens or makes the journal; refuses while another process holds it."""
        connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            for statement in (*_SETTINGS, *_SCHEMA):
                connection.execute(statement)
        except sqlite3.OperationalError as error:
            connection.close()
            if "locked" in str(error):
                raise JournalInUse(f"{path} is open in another process") from None
            raise
        except sqlite3.DatabaseError as error:
            connection.close()
            raise JournalDamaged(f"{path}: {error}") from None
        return cls(connection, clock)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def record(self, lane: int, key: str, payload: bytes) -> int:
        """The fact's sequence, once it is on disk; the same fact again has the sequence that it has."""
        with self._transaction():
            known = self._db.execute(_KNOWN, (lane, key)).fetchone()
            if known is not None:
                if bytes(known[1]) != payload:
                    raise RecordedOtherwise(f"{key} was recorded as {known[0]} with other content")
                return int(known[0])
            return self._append(lane, key, payload)

    def record_numbered(self, lane: int, key: str, build: Callable[[int], bytes]) -> tuple[int, bytes]:
        """The same for a fact that carries the next number of this till: no number is lost, none given twice."""
        with self._transaction():
            known = self._db.execute(_KNOWN, (lane, key)).fetchone()
            if known is not None:
                return int(known[0]), bytes(known[1])
            self._db.execute(_COUNT, ("number",))
            payload = build(int(self._db.execute(_NOTE_VALUE, ("number",)).fetchone()[0]))
            return self._append(lane, key, payload), payload

    def remember(self, name: str, value: str) -> None:
        """Keeps a small thing, such as the store that this till stands in."""
        with self._transaction():
            self._db.execute(_PUT_NOTE, (name, value))

    def mark(self, name: str, value: int) -> None:
        """Keeps a number beside a fact that is being built: both are on disk, or neither."""
        assert self._db.in_transaction, "only while record_numbered builds"
        self._db.execute(_PUT_NOTE, (name, value))

    def remembered(self, name: str) -> str:
        """What was kept, or nothing."""
        with self._lock:
            row = self._db.execute(_NOTE_VALUE, (name,)).fetchone()
        return str(row[0]) if row else ""

    def head(self, lane: int) -> Head:
        """Where the lane stands."""
        with self._lock:
            row = self._db.execute(_LANE, (lane,)).fetchone()
        return Head(int(row[0]), int(row[1]), bool(row[2])) if row else Head(0, 0, contacted=False)

    def read(self, lane: int, first: int, limit: int) -> list[tuple[int, bytes]]:
        """Facts from a sequence on, archived ones too as long as they are kept."""
        with self._lock:
            return [(int(row[0]), bytes(row[1])) for row in self._db.execute(_READ, (lane, first, limit))]

    def acknowledge(self, lane: int, durable_ack: int) -> None:
        """The server has everything up to here for good; never goes back."""
        with self._transaction():
            self._db.execute(_BEGIN_LANE, (lane,))
            before = int(self._db.execute(_LANE, (lane,)).fetchone()[1])
            if durable_ack > before:
                self._db.execute(_ACKNOWLEDGE, (durable_ack, lane, durable_ack))
                self._db.execute(_STAMP, (self._clock(), lane, before, durable_ack))

    def contact(self, lane: int, durable_ack: int) -> None:
        """Before the first frame is sent: a new journal of a known terminal goes on after what the server has.

        What it recorded meanwhile was never sent under its numbers, so it may
        move up; once it was sent, numbers stay for ever.
        """
        with self._transaction():
            self._db.execute(_BEGIN_LANE, (lane,))
            head, _, contacted, base, _ = self._db.execute(_LANE, (lane,)).fetchone()
            if not contacted and durable_ack:
                for (sequence,) in self._db.execute(_SEQUENCES, (lane,)).fetchall():
                    self._db.execute(_RENUMBER, (durable_ack, lane, sequence))
                head += durable_ack
                self._db.execute(_ACKNOWLEDGE, (durable_ack, lane, durable_ack))
            self._db.execute(_CONTACT, (max(head, durable_ack), lane))
            if not contacted and durable_ack:
                self._rechain(lane, bytes(base))

    def trim(self) -> int:
        """Drops what the server has and is older than the archive; what was in conflict stays. Returns how many."""
        removed = 0
        with self._transaction():
            for lane, acked in self._db.execute(_LANES).fetchall():
                removed += self._trim_lane(lane, acked)
        return removed

    def note(self, lane: int, sequence: int, note: str) -> None:
        """Remembers that a fact was refused or came into conflict."""
        with self._transaction():
            self._db.execute(_NOTE, (note, lane, sequence))

    def noted(self, lane: int) -> dict[int, str]:
        """The facts that need a person."""
        with self._lock:
            return {int(row[0]): str(row[1]) for row in self._db.execute(_NOTED, (lane,))}

    def correct(self, lane: int, sequence: int, key: str, payload: bytes) -> None:
        """Replaces a fact that the server could not read, and so has not stored."""
        with self._transaction():
            if self._db.execute(_REPLACE, (key, payload, lane, sequence)).rowcount != 1:
                raise NotRefused(f"fact {sequence} was not refused")
            self._rechain(lane, bytes(self._db.execute(_LANE, (lane,)).fetchone()[3]))

    def verify(self, lane: int) -> None:
        """Recomputes the chain of hashes; what was changed behind our back shows."""
        with self._lock:
            row = self._db.execute(_LANE, (lane,)).fetchone()
            tip = bytes(row[3]) if row else b""
            for sequence, payload, chain in self._db.execute(_CHAINED, (lane,)):
                tip = _link(tip, lane, sequence, payload)
                if tip != bytes(chain):
                    raise JournalDamaged(f"fact {sequence} of lane {lane} is not what was recorded")
            if row and bytes(row[4]) != tip:
                raise JournalDamaged(f"facts are missing at the end of lane {lane}")

    def _append(self, lane: int, key: str, payload: bytes) -> int:
        head, tip = self._head_and_tip(lane)
        chain = _link(tip, lane, head + 1, payload)
        self._db.execute(_APPEND, (lane, head + 1, key, payload, chain, self._clock()))
        self._db.execute(_ADVANCE, (head + 1, chain, lane))
        return head + 1

    def _trim_lane(self, lane: int, acked: int) -> int:
        kept = self._db.execute(_KEPT_NOTE, (lane,)).fetchone()[0]
        until = acked if kept is None else min(acked, kept - 1)
        old = self._db.execute(_OLD, (lane, until, self._clock() - ARCHIVE_SECONDS)).fetchall()
        # only from the low end, so that what is left is one unbroken chain
        if old:
            self._db.execute(_TRIM, (lane, old[-1][0]))
            self._db.execute(_REBASE, (old[-1][1], lane))
        return len(old)

    def _rechain(self, lane: int, base: bytes) -> None:
        tip = base
        for sequence, payload, _ in self._db.execute(_CHAINED, (lane,)).fetchall():
            tip = _link(tip, lane, sequence, payload)
            self._db.execute(_RECHAIN, (tip, lane, sequence))
        head = self._db.execute(_LANE, (lane,)).fetchone()[0]
        self._db.execute(_ADVANCE, (head, tip, lane))

    def _head_and_tip(self, lane: int) -> tuple[int, bytes]:
        self._db.execute(_BEGIN_LANE, (lane,))
        row = self._db.execute(_LANE, (lane,)).fetchone()
        return int(row[0]), bytes(row[4])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _link(before: bytes, lane: int, sequence: int, payload: bytes) -> bytes:
    return hashlib.sha256(before + lane.to_bytes(1, "big") + sequence.to_bytes(8, "big") + payload).digest()
