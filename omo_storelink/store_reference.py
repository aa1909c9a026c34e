"""The till's copy of reference data: a SQLite file that knows how far it has heard each publisher."""

import sqlite3
import threading
from pathlib import Path

from omo.inventory.v1 import catalogue_pb2, lots_pb2
from omo.member.v1 import access_pb2
from omo.order.v1 import invoice_pb2
from omo.storelink.v1 import storelink_service_pb2 as pb
from omo_storelink import names

# NORMAL: what a power cut takes goes together with its cursor, and is heard again
_SETTINGS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS cursors (publisher TEXT PRIMARY KEY, epoch TEXT NOT NULL, sequence INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS rounds (publisher TEXT PRIMARY KEY, round INTEGER NOT NULL)",
    """
CREATE TABLE IF NOT EXISTS things (
    kind TEXT NOT NULL, code TEXT NOT NULL, publisher TEXT NOT NULL, version INTEGER NOT NULL, payload BLOB NOT NULL,
    round INTEGER NOT NULL, PRIMARY KEY (kind, code)) WITHOUT ROWID
""",
    "CREATE TABLE IF NOT EXISTS codes (code TEXT PRIMARY KEY, sku TEXT NOT NULL, product_id TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS codes_of ON codes (product_id)",
    """
CREATE TABLE IF NOT EXISTS prices (
    sku TEXT NOT NULL, price_list_id TEXT NOT NULL, amount INTEGER, version INTEGER NOT NULL, round INTEGER NOT NULL,
    PRIMARY KEY (sku, price_list_id)) WITHOUT ROWID
""",
)
_CURSORS = "SELECT publisher, epoch, sequence FROM cursors"
_PUT_CURSOR = "INSERT OR REPLACE INTO cursors (publisher, epoch, sequence) VALUES (?, ?, ?)"
_ROUND = "SELECT round FROM rounds WHERE publisher = ?"
_PUT_ROUND = "INSERT OR REPLACE INTO rounds (publisher, round) VALUES (?, ?)"
_PUT_THING = """
INSERT INTO things (kind, code, publisher, version, payload, round) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (kind, code) DO UPDATE SET round = excluded.round, version = max(version, excluded.version),
    payload = CASE WHEN excluded.version >= version THEN excluded.payload ELSE payload END
"""
_VERSION = "SELECT version FROM things WHERE kind = ? AND code = ?"
_PUT_PRICE = """
INSERT INTO prices (sku, price_list_id, amount, version, round) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (sku, price_list_id) DO UPDATE SET round = excluded.round, version = max(version, excluded.version),
    amount = CASE WHEN excluded.version >= version THEN excluded.amount ELSE amount END
"""
_FORGET_CODES = "DELETE FROM codes WHERE product_id = ?"
_PUT_CODE = "INSERT OR REPLACE INTO codes (code, sku, product_id) VALUES (?, ?, ?)"
_SWEEP_THINGS = "DELETE FROM things WHERE publisher = ? AND round < ?"
_SWEEP_PRICES = "DELETE FROM prices WHERE round < ?"
_SWEEP_CODES = """
DELETE FROM codes WHERE product_id NOT IN (SELECT code FROM things WHERE kind = 'product')
"""
_THING = "SELECT payload FROM things WHERE kind = ? AND code = ?"
_THINGS = "SELECT payload FROM things WHERE kind = ? ORDER BY code"
_FIND = "SELECT sku, product_id FROM codes WHERE code = ?"
_PRICES_OF = "SELECT price_list_id, amount FROM prices WHERE sku = ? AND amount IS NOT NULL"


class Reference:
    """Products, prices, places, rules and staff as the server last told; usable from any thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._lock = threading.RLock()
        self._reading: set[str] = set()  # publishers whose snapshot is under way
        self.changes = 0

    @classmethod
    def open(cls, path: Path | str) -> "Reference":
        """Opens or makes it."""
        connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        for statement in (*_SETTINGS, *_SCHEMA):
            connection.execute(statement)
        return cls(connection)

    def close(self) -> None:
        with self._lock:
            self._commit()
            self._db.close()

    def cursors(self) -> list[pb.ReferenceCursor]:
        """Where we stand with each publisher."""
        with self._lock:
            rows = self._db.execute(_CURSORS).fetchall()
        return [pb.ReferenceCursor(publisher=row[0], stream_epoch=row[1], sequence=row[2]) for row in rows]

    def resume(self) -> list[pb.ReferenceCursor]:
        """The same for the Hello of a new session; a snapshot that the last one broke off moved no cursor."""
        with self._lock:
            self._commit()
            self._reading.clear()
            return self.cursors()

    def take(self, reference: pb.Reference) -> None:
        """Takes one piece; its cursor becomes ours with it, or at the end of its snapshot."""
        with self._lock:
            if not self._db.in_transaction:
                self._db.execute("BEGIN")
            kind = reference.WhichOneof("data")
            if kind == "snapshot_begin":
                self._begin(reference.snapshot_begin.publisher)
            elif kind == "snapshot_end":
                self._end(reference.snapshot_end.publisher, reference.cursor)
            else:
                self._put(kind, reference)
                if reference.cursor.publisher not in self._reading:
                    self._at(reference.cursor)
            if not self._reading:
                self._commit()
            self.changes += 1

    def product(self, code: str) -> tuple[catalogue_pb2.Product, catalogue_pb2.Variant] | None:
        """The good of a SKU or barcode."""
        with self._lock:
            row = self._db.execute(_FIND, (code,)).fetchone()
            found = self._db.execute(_THING, ("product", row[1])).fetchone() if row else None
        if found is None:
            return None
        product = catalogue_pb2.Product.FromString(found[0])
        variants = [variant for variant in product.variants if variant.sku == row[0]]
        return (product, variants[0]) if variants else None

    def prices(self, sku: str) -> dict[str, int]:
        """The good's price in each list."""
        with self._lock:
            return {row[0]: row[1] for row in self._db.execute(_PRICES_OF, (sku,))}

    def price_lists(self) -> list[catalogue_pb2.PriceList]:
        """The heads of all price lists."""
        return [catalogue_pb2.PriceList.FromString(payload) for payload in self._things("price_list")]

    def assortment(self, sku: str) -> catalogue_pb2.Assortment | None:
        """Where the good is sold and where not, where somebody said so."""
        with self._lock:
            row = self._db.execute(_THING, ("assortment", sku)).fetchone()
        return catalogue_pb2.Assortment.FromString(row[0]) if row else None

    def blocked(self, sku: str, lot: str, serial: str = "") -> lots_pb2.Lot | None:
        """The lot, or the serial, if it was recalled or its last day is over: then it may not be sold."""
        with self._lock:
            rows = [self._db.execute(_THING, ("lot", names.lot(sku, lot, one))).fetchone() for one in {"", serial}]
        found = (lots_pb2.Lot.FromString(row[0]) for row in rows if row)
        return next((one for one in found if one.state != lots_pb2.LOT_STATE_GOOD), None)

    def tax_classes(self) -> dict[str, int]:
        """Basis points by tax class."""
        found = (catalogue_pb2.TaxClass.FromString(payload) for payload in self._things("tax_class"))
        return {each.tax_class: each.rate_bp for each in found}

    def channels(self) -> list[catalogue_pb2.Channel]:
        """The brand's channels."""
        return [catalogue_pb2.Channel.FromString(payload) for payload in self._things("channel")]

    def locations(self) -> list[catalogue_pb2.Location]:
        """Every place."""
        return [catalogue_pb2.Location.FromString(payload) for payload in self._things("location")]

    def staff(self, code: str) -> access_pb2.Staff | None:
        """A staff member."""
        with self._lock:
            row = self._db.execute(_THING, ("staff", code)).fetchone()
        return access_pb2.Staff.FromString(row[0]) if row else None

    def rules(self) -> pb.Rules:
        """The promotion rules in force; empty before any were heard."""
        found = self._things("rules")
        return pb.Rules.FromString(found[0]) if found else pb.Rules()

    def invoice_blocks(self, terminal_id: str) -> list[invoice_pb2.InvoiceBlock]:
        """The runs of invoice numbers that are this till's to draw from."""
        found = (invoice_pb2.InvoiceBlock.FromString(payload) for payload in self._things("invoice_block"))
        return [one for one in found if one.terminal_id == terminal_id]

    def _things(self, kind: str) -> list[bytes]:
        with self._lock:
            return [row[0] for row in self._db.execute(_THINGS, (kind,))]

    def _begin(self, publisher: str) -> None:
        row = self._db.execute(_ROUND, (publisher,)).fetchone()
        self._db.execute(_PUT_ROUND, (publisher, (row[0] if row else 0) + 1))
        self._reading.add(publisher)

    def _end(self, publisher: str, cursor: pb.ReferenceCursor) -> None:
        """What the snapshot did not name is gone."""
        this = self._round(publisher)
        self._db.execute(_SWEEP_THINGS, (publisher, this))
        if publisher == "inventory":
            self._db.execute(_SWEEP_PRICES, (this,))
            self._db.execute(_SWEEP_CODES)
        self._reading.discard(publisher)
        self._at(cursor)

    def _put(self, kind: str | None, reference: pb.Reference) -> None:
        publisher = reference.cursor.publisher
        this = self._round(publisher)
        if kind == "product":
            self._put_product(reference.product, this)
        elif kind == "price_list":
            self._put_prices(reference.price_list, this)
        elif kind is not None:
            thing = getattr(reference, kind)
            code, version = names.name(kind, thing)
            self._db.execute(_PUT_THING, (kind, code, publisher, version, thing.SerializeToString(), this))

    def _put_product(self, product: catalogue_pb2.Product, this: int) -> None:
        held = self._db.execute(_VERSION, ("product", product.product_id)).fetchone()
        payload = product.SerializeToString()
        self._db.execute(_PUT_THING, ("product", product.product_id, "inventory", product.version, payload, this))
        if held is not None and held[0] > product.version:
            return
        self._db.execute(_FORGET_CODES, (product.product_id,))
        self._db.executemany(_PUT_CODE, list(names.codes(product)))

    def _put_prices(self, part: pb.PriceListPart, this: int) -> None:
        listed = part.price_list
        head = catalogue_pb2.PriceList()
        head.CopyFrom(listed)
        head.ClearField("prices")
        code, version = listed.price_list_id, listed.version
        self._db.execute(_PUT_THING, ("price_list", code, "inventory", version, head.SerializeToString(), this))
        rows: list[tuple[str, str, int | None, int, int]]
        rows = [(each.sku, code, each.amount, version, this) for each in listed.prices]
        rows += [(sku, code, None, version, this) for sku in part.removed_skus]
        self._db.executemany(_PUT_PRICE, rows)

    def _round(self, publisher: str) -> int:
        row = self._db.execute(_ROUND, (publisher,)).fetchone()
        return int(row[0]) if row else 0

    def _at(self, cursor: pb.ReferenceCursor) -> None:
        self._db.execute(_PUT_CURSOR, (cursor.publisher, cursor.stream_epoch, cursor.sequence))

    def _commit(self) -> None:
        if self._db.in_transaction:
            self._db.execute("COMMIT")
