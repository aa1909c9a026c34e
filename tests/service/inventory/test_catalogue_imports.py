"""Files of goods: parts, checks, errors by row, applied in chunks, taken up where a crash left them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kit import timers
from kit.timers import Due, Leased, Timers
from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_import_service_pb2 as rpc
from omo.inventory.v1 import catalogue_service_pb2 as cat
from services.inventory import main
from services.inventory.imports import usecases
from services.inventory.imports.domain import KIND
from tests.depth import PATIENCE
from tests.service.inventory import shop
from tests.service.inventory.conftest import HQ, Inventory, member, new
from tests.service.inventory.shop import channels, product, put, refused, variant

HEAD = "product_id,sku,name,barcodes,unit_cost\r\n"


async def create(inventory: Inventory, **asked: Any) -> str:
    request = rpc.CreateImportRequest(request_id=new(), **asked)
    job: str = (await inventory.call(shop.imports(inventory).CreateImport, request, HQ)).job.import_id
    return job


async def upload(inventory: Inventory, job: str, part_no: int, content: str) -> Any:
    request = rpc.UploadImportPartRequest(request_id=new(), import_id=job, part_no=part_no, content=content.encode())
    return (await inventory.call(shop.imports(inventory).UploadImportPart, request, HQ)).job


async def start(inventory: Inventory, job: str, *, dry_run: bool = False) -> Any:
    request = rpc.StartImportRequest(request_id=new(), import_id=job, dry_run=dry_run)
    return (await inventory.call(shop.imports(inventory).StartImport, request, HQ)).job


async def get(inventory: Inventory, job: str) -> Any:
    return (await inventory.call(shop.imports(inventory).GetImport, rpc.GetImportRequest(import_id=job), HQ)).job


async def errors(inventory: Inventory, job: str, size: int = 100) -> list[tuple[int, str, str, str]]:
    found, token = list[tuple[int, str, str, str]](), ""
    while True:
        request = rpc.ListImportErrorsRequest(import_id=job, page_size=size, page_token=token)
        reply = await inventory.call(shop.imports(inventory).ListImportErrors, request, HQ)
        found += [(one.row_no, one.field, one.rule, one.value) for one in reply.errors]
        if not (token := reply.next_page_token):
            return found


@asynccontextmanager
async def working(inventory: Inventory) -> AsyncIterator[None]:
    """The service's own loop over what is due."""
    loop = Timers(inventory.db, inventory.clock, {KIND: Leased(main.imports(inventory.ground).resume)})
    running = asyncio.create_task(loop.run())
    yield
    loop.stop()
    await running


async def ended(inventory: Inventory, job: str) -> Any:
    async with working(inventory), asyncio.timeout(PATIENCE):
        # a row in a table has no event
        while not (found := await get(inventory, job)).HasField("end_time"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found


def numbers(job: Any) -> tuple[str, int, int, int, int]:
    state = rpc.ImportState.Name(job.state).removeprefix("IMPORT_STATE_")
    return state, job.rows, job.rows_done, job.rows_failed, job.rows_changed


async def count(inventory: Inventory) -> int:
    async with inventory.db.read() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM products"))


def rows(first: int, last: int) -> str:
    return "".join(f"P{n // 2:04},S{n:05},Product {n // 2},,{n}\r\n" for n in range(first, last))


async def test_a_file_is_checked_then_applied_and_applied_again_changes_nothing(inventory: Inventory) -> None:
    job = await create(inventory, file_name="winter.csv")
    assert (await upload(inventory, job, 1, HEAD + rows(0, 300))).rows == 300
    assert (await upload(inventory, job, 2, rows(300, 450))).parts == 2
    assert numbers(await start(inventory, job, dry_run=True)) == ("CHECKING", 450, 0, 0, 0)
    assert numbers(await ended(inventory, job)) == ("CHECKED", 450, 450, 0, 450)
    assert await count(inventory) == 0
    assert await inventory.told(events.ProductChanged) == []
    await start(inventory, job)
    assert numbers(await ended(inventory, job)) == ("COMPLETED", 450, 450, 0, 450)
    assert await count(inventory) == 225
    told = await inventory.told(events.ProductChanged)
    # who loaded the file is who changed the goods
    assert {one.meta.actor.id for one in told} == {"hq-1"}
    assert sum(len(one.product.variants) for one in told if one.meta.sequence == 1) == 450

    again = await create(inventory)
    await upload(inventory, again, 1, HEAD + rows(0, 450))
    await start(inventory, again)
    assert numbers(await ended(inventory, again)) == ("COMPLETED", 450, 450, 0, 0)
    assert len(await inventory.told(events.ProductChanged)) == len(told)


async def test_every_error_names_row_field_and_rule(inventory: Inventory) -> None:
    await channels(inventory)
    await put(inventory, product("TAKEN", variant("TAKEN-1", barcodes=["own-9"])))
    mapping = {"Style": "product_id", "Art": "sku", "N": "name", "EAN": "barcodes", "Cost": "unit_cost"}
    job = await create(inventory, mapping=mapping)
    lines = [
        "Style,Art,N,EAN,Cost,Remark",
        "A,A-1,Coat,4006381333931,900,fine",
        "A,A-2,Coat,4006381333932,-1,two errors",
        "B,A-1,Scarf,,,SKU of row 1",
        "C,C-1,,,,no name",
        "D,TAKEN-1,Hat,,,SKU of another product",
        "E,E-1,Cap,own-9,,barcode of another SKU",
        "F,F-1,Bag,4006381333931,,barcode of row 1",
        "G,G-1,short",
        "H,H-1,Belt,,9,fine",
    ]
    await upload(inventory, job, 1, "\r\n".join(lines) + "\r\n")
    await start(inventory, job, dry_run=True)
    assert numbers(await ended(inventory, job)) == ("CHECKED", 9, 9, 7, 2)
    found = await errors(inventory, job, size=3)
    assert found == [
        (2, "barcodes", "4006381333932 is no EAN-13: its check digit must be 1", "4006381333932"),
        (2, "unit_cost", "must be 0 to 1000000000000", "-1"),
        (3, "sku", "is named in row 1 already", "A-1"),
        (4, "name", "must be given for a new product", ""),
        (5, "sku", "TAKEN-1 belongs to TAKEN", "TAKEN-1"),
        (6, "barcodes", "own-9 is the barcode of TAKEN-1", "own-9"),
        (7, "barcodes", "is named in row 1 already", "4006381333931"),
        (8, "", "has 3 values for 6 columns", ""),
    ]
    await start(inventory, job)
    assert numbers(await ended(inventory, job)) == ("COMPLETED", 9, 9, 7, 2)
    assert await errors(inventory, job) == found
    assert await count(inventory) == 3


async def test_a_file_changes_what_it_names_and_leaves_the_rest(inventory: Inventory) -> None:
    held = product("A", variant("A-1", title="M", barcodes=["own-1"], unit_cost=5), variant("A-2"), brand="Hikari")
    await put(inventory, held)
    job = await create(inventory, format=rpc.IMPORT_FORMAT_JSON_LINES)
    line = {"product_id": "A", "sku": "A-1", "name.en": "Coat", "unit_cost": 7, "option.colour": "camel", "brand": ""}
    await upload(inventory, job, 1, json.dumps(line) + "\n")
    await start(inventory, job)
    await ended(inventory, job)
    request = cat.GetProductRequest(product_id="A")
    kept = (await inventory.call(inventory.catalogue.GetProduct, request, HQ)).product
    first = kept.variants[0]
    assert (kept.brand, kept.names["en"], len(kept.variants)) == ("Hikari", "Coat", 2)
    assert (first.title, list(first.barcodes), first.unit_cost, dict(first.options)) == (
        "M", ["own-1"], 7, {"colour": "camel"},
    )  # fmt: skip


class Crash(Exception):
    """The process ends here."""


async def test_a_crash_goes_on_behind_the_last_chunk(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usecases, "_AT_ONCE", 50)
    job = await create(inventory)
    await upload(inventory, job, 1, HEAD + rows(0, 400))
    await start(inventory, job)
    working_at_it = main.imports(inventory.ground)
    chunks, chunk = 0, working_at_it._chunk

    async def crashing(*given: Any) -> Any:
        nonlocal chunks
        done = await chunk(*given)
        chunks += 1
        # the third chunk is written, and not committed
        if chunks == 3:
            raise Crash
        return done

    monkeypatch.setattr(working_at_it, "_chunk", crashing)
    async with inventory.db.read() as tx:
        row = await tx.fetchrow("SELECT kind, key, fence, due_time FROM timers")
    assert row is not None
    with pytest.raises(Crash):
        await working_at_it.resume(Due(**row))
    assert numbers(await get(inventory, job)) == ("APPLYING", 400, 100, 0, 100)
    assert await count(inventory) == 50
    assert numbers(await ended(inventory, job)) == ("COMPLETED", 400, 400, 0, 400)
    assert await count(inventory) == 200
    # no chunk was told twice
    versions = [one.meta.sequence for one in await inventory.told(events.ProductChanged)]
    assert len(versions) == 200
    assert set(versions) == {1}


async def test_a_worker_that_lost_its_lease_changes_nothing(inventory: Inventory) -> None:
    job = await create(inventory)
    await upload(inventory, job, 1, HEAD + rows(0, 10))
    await start(inventory, job)
    stale = Due(KIND, job, fence=1)
    with pytest.raises(timers.LeaseLost):
        await main.imports(inventory.ground).resume(stale)
    assert (await count(inventory), (await get(inventory, job)).rows_done) == (0, 0)


async def test_parts_come_one_after_the_other_and_once(inventory: Inventory) -> None:
    job = await create(inventory)
    early = await refused(upload(inventory, job, 2, rows(0, 1)))
    assert (early.reason, early.metadata["expected"]) == ("IMPORT_PART", "1")
    await upload(inventory, job, 1, HEAD + rows(0, 2))
    assert (await upload(inventory, job, 1, HEAD + rows(0, 2))).rows == 2
    changed = await refused(upload(inventory, job, 1, HEAD + rows(0, 3)))
    assert (changed.reason, changed.metadata["expected"]) == ("IMPORT_PART", "2")
    await start(inventory, job)
    await ended(inventory, job)
    late = await refused(upload(inventory, job, 2, rows(2, 3)))
    assert (late.reason, late.metadata["state"]) == ("IMPORT_STATE", "COMPLETED")
    assert (await refused(start(inventory, job))).reason == "IMPORT_STATE"


async def test_what_cannot_be_begun_is_refused(inventory: Inventory) -> None:
    job = await create(inventory)
    assert (await refused(start(inventory, job))).reason == "IMPORT_STATE"
    assert (await refused(get(inventory, new()))).reason == "NOT_FOUND"
    assert (await refused(get(inventory, "x"))).metadata["field"] == "import_id"
    assert (await refused(errors(inventory, new()))).reason == "NOT_FOUND"
    assert (await refused(create(inventory, mapping={"a": "colour"}))).metadata["field"] == "mapping[a]"
    assert (await refused(upload(inventory, job, 1, "sku,product_id,colour\r\n"))).reason == "FIELD_INVALID"
    assert (await refused(upload(inventory, job, 1, 'product_id,sku\r\n"A'))).metadata["field"] == "content"
    request = rpc.CreateImportRequest(request_id=new())
    call = inventory.call(shop.imports(inventory).CreateImport, request, member())
    assert (await refused(call)).reason == "PERMISSION_DENIED"


async def test_imports_are_listed_newest_first(inventory: Inventory) -> None:
    made = [await create(inventory, file_name=f"{n}.csv") for n in range(3)]
    request = rpc.ListImportsRequest(page_size=2)
    first = await inventory.call(shop.imports(inventory).ListImports, request, HQ)
    request.page_token = first.next_page_token
    second = await inventory.call(shop.imports(inventory).ListImports, request, HQ)
    assert [one.import_id for one in (*first.imports, *second.imports)] == made[::-1]
