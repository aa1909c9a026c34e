"""Takes files of products in parts, checks their rows, and applies them some hundred at a time."""

import hashlib
from datetime import timedelta
from functools import partial

from kit import access, pages, requests, timers
from kit.access import Actor, Kind
from kit.clock import Clock
from kit.errors import invalid
from kit.ids import uuid7
from kit.postgres import Database, Tx
from kit.requests import Request
from kit.timers import Due, InTx, Leased
from omo.inventory.v1 import catalogue_import_service_pb2 as rpc
from services.inventory.catalogue import products as goods
from services.inventory.catalogue import store_places, store_products
from services.inventory.catalogue.domain import NotFound
from services.inventory.catalogue.products import Products
from services.inventory.imports import domain, domain_tables, store, wire, wire_rows
from services.inventory.imports.domain import KIND, SWEEP, Draft, Import, Problem, Row, WrongPart, WrongState
from services.inventory.imports.domain_tables import TABLES
from services.inventory.imports.tables import Tables

_AT_ONCE = 100
# what a run remembered, for whoever looks into its errors
_REMEMBERED = timedelta(days=7)
_RUNS = {"CHECKING": "CHECKED", "APPLYING": "COMPLETED"}


class Imports:
    """The way of a file into the catalogue; a run is a timer, so that a crash is picked up where it stopped."""

    def __init__(self, db: Database, clock: Clock, products: Products, tables: Tables, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._products = products
        self._tables = tables
        self._page_key = page_key + b" imports"

    async def create(
        self, asked: Request, kind: str, form: str, mapping: dict[str, str], file_name: str
    ) -> rpc.CreateImportResponse:
        """Opens an import."""

        async def work(tx: Tx) -> rpc.CreateImportResponse:
            actor = access.current().actor
            made = await store.insert(tx, uuid7(), kind, form, mapping, file_name, self._clock(), actor)
            return rpc.CreateImportResponse(job=wire.message(made))

        return await requests.once(self._db, asked, work, rpc.CreateImportResponse)

    async def upload(
        self, asked: Request, import_id: str, part_no: int, content: bytes
    ) -> rpc.UploadImportPartResponse:
        """Takes the next part of the file; a part that was taken is taken once."""

        async def work(tx: Tx) -> rpc.UploadImportPartResponse:
            held = await _locked(tx, import_id)
            fingerprint = hashlib.sha256(content).digest()
            if part_no > held.parts or await store.part(tx, import_id, part_no) != fingerprint:
                held = await self._take(tx, held, part_no, content, fingerprint)
            return rpc.UploadImportPartResponse(job=wire.message(held))

        return await requests.once(self._db, asked, work, rpc.UploadImportPartResponse)

    async def _take(self, tx: Tx, held: Import, part_no: int, content: bytes, fingerprint: bytes) -> Import:
        if held.state != "PENDING":
            raise WrongState(f"the import is {held.state} and takes no parts", state=held.state)
        if part_no != held.parts + 1:
            raise WrongPart(f"part {held.parts + 1} is next, not {part_no}", expected=held.parts + 1)
        columns, rows = wire_rows.parse(held.format, content, held.columns, held.rows + 1)
        if held.rows + len(rows) > domain.LARGEST_FILE:
            raise invalid("content", f"must not bring the file above {domain.LARGEST_FILE} rows")
        if held.format == "CSV":
            check = partial(domain_tables.check_mapping, held.kind) if held.kind in TABLES else domain.check_mapping
            domain.check_columns(held.mapping, columns, check)
        return await store.take(tx, held.import_id, part_no, fingerprint, columns, rows)

    async def start(self, asked: Request, import_id: str, dry_run: bool) -> rpc.StartImportResponse:
        """Begins a check, or applies the file."""

        async def work(tx: Tx) -> rpc.StartImportResponse:
            held = await _locked(tx, import_id)
            if held.state not in ("PENDING", "CHECKED"):
                raise WrongState(f"the import is {held.state}", state=held.state)
            if not held.rows:
                raise WrongState("the import has no rows yet", state=held.state)
            begun = await store.begin(tx, import_id, "CHECKING" if dry_run else "APPLYING")
            await timers.schedule(tx, KIND, import_id, self._clock())
            return rpc.StartImportResponse(job=wire.message(begun))

        return await requests.once(self._db, asked, work, rpc.StartImportResponse)

    async def get(self, import_id: str) -> Import:
        """How far an import is."""
        async with self._db.read() as tx:
            return _found(await store.get(tx, import_id), import_id)

    async def page(self, size: int, token: str) -> tuple[list[Import], str]:
        """Imports, the newest first."""
        size = pages.page_size(size)
        before = (pages.decode(token, self._page_key) or {"before": ""})["before"]
        async with self._db.read() as tx:
            found = await store.page(tx, before, size)
        more = pages.encode({"before": found[-1].import_id}, self._page_key) if len(found) == size else ""
        return found, more

    async def problems(self, import_id: str, size: int, token: str) -> tuple[list[Problem], str]:
        """What is wrong, in row order."""
        key, size = self._page_key + import_id.encode(), pages.page_size(size, largest=1_000)
        after = (pages.decode(token, key) or {"after": [0, -1]})["after"]
        async with self._db.read() as tx:
            _found(await store.get(tx, import_id), import_id)
            found = await store.problems(tx, import_id, (after[0], after[1]), size)
        more = pages.encode({"after": [found[-1][1].row_no, found[-1][0]]}, key) if len(found) == size else ""
        return [one for _, one in found], more

    async def resume(self, due: Due) -> None:
        """Works at a run until it ends; whoever comes after a crash goes on behind the last chunk."""
        while True:
            async with self._db.transaction() as tx:
                held = await _locked(tx, due.key)
                actor = Actor(Kind(held.actor_kind), held.actor_id, held.actor_terminal_id)
                with access.acting_as(access.service("inventory", actor)):
                    ended = await self._step(tx, held)
                await (timers.finish(tx, due) if ended else timers.keep(tx, due))
            if ended:
                return

    async def sweep(self, tx: Tx, due: Due) -> None:
        """Forgets what an import remembered, some days after its last run; one that runs again remembers anew."""
        held = await store.lock(tx, due.key)
        if held is not None and held.state not in _RUNS:
            await store.forget(tx, due.key)

    def timers(self) -> dict[str, InTx | Leased]:
        """What falls due of files."""
        return {KIND: Leased(self.resume), SWEEP: InTx(self.sweep)}

    async def _step(self, tx: Tx, held: Import) -> bool:
        """The next rows in one transaction; True if there were none."""
        if held.state not in _RUNS:
            return True
        rows = await store.rows(tx, held.import_id, held.rows_done, _AT_ONCE)
        if not rows:
            now = self._clock()
            await store.end(tx, held.import_id, _RUNS[held.state], now)
            await timers.schedule(tx, SWEEP, held.import_id, now + _REMEMBERED)
            return True
        apply = held.state == "APPLYING"
        if apply:
            await store_products.bump(tx)
        chunk = self._chunk if held.kind == "PRODUCTS" else self._tables.chunk
        problems, changed = await chunk(tx, held, rows, apply)
        await store.advance(tx, held.import_id, rows[-1].row_no, problems, changed)
        if apply:
            await store.drop_rows(tx, held.import_id, rows[-1].row_no)
        return False

    async def _chunk(self, tx: Tx, held: Import, rows: list[Row], apply: bool) -> tuple[list[Problem], int]:
        """Checks rows, and applies the sound ones; answers with what is wrong and how many rows change something."""
        classes = {one.tax_class for one in (await store_places.channels(tx))[1]}
        read = [wire_rows.draft(row, held.mapping, classes) for row in rows]
        problems = [problem for one in read if isinstance(one, list) for problem in one]
        drafts, twice = _first(
            [one for one in read if isinstance(one, Draft)],
            await store.claim(tx, held.import_id, [one for one in read if isinstance(one, Draft)]),
        )
        known = {one.product_id: one for one in await store_products.by_id(tx, {one.product_id for one in drafts})}
        wanted = [domain.merged(known.get(one.product_id), [one]) for one in drafts]
        shelf = await store_products.shelf(tx, wanted)
        outcome = domain.decide(shelf, drafts, goods.too_large)
        changed = {one.product_id for one in domain.new(shelf, outcome.products)}
        if apply and outcome.products:
            await self._products.write(tx, outcome.products)
        bad = [*problems, *twice, *outcome.problems]
        failed = {one.row_no for one in bad}
        return bad, sum(one.product_id in changed and one.row_no not in failed for one in drafts)


def _first(drafts: list[Draft], owners: dict[tuple[str, str], tuple[int, str]]) -> tuple[list[Draft], list[Problem]]:
    """The rows that name their SKU and barcodes first, and what is wrong with the others."""
    sound, problems = [], []
    for draft in drafts:
        row_no, _ = owners["SKU", draft.sku]
        found = [Problem(draft.row_no, "sku", f"is named in row {row_no} already", draft.sku)]
        found = found if row_no != draft.row_no else []
        for code in draft.barcodes:
            row_no, owner = owners["BARCODE", code]
            if owner != draft.sku:
                found.append(Problem(draft.row_no, "barcodes", f"is named in row {row_no} already", code))
        problems += found
        sound += [] if found else [draft]
    return sound, problems


async def _locked(tx: Tx, import_id: str) -> Import:
    return _found(await store.lock(tx, import_id), import_id)


def _found(held: Import | None, import_id: str) -> Import:
    if held is None:
        raise NotFound(f"there is no import {import_id}", import_id=import_id)
    return held
