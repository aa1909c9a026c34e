"""Files of components, prices and places: checked row by row, applied in parts, applied again without a change."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.goods import loading
from cli.goods.loading import Door
from cli.main import app
from kit import timers
from kit.timers import Due
from omo.inventory.v1 import catalogue_import_service_pb2 as rpc
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.inventory.v1 import catalogue_service_pb2 as cat
from services.inventory import main
from services.inventory.imports import usecases
from services.inventory.imports.domain import SWEEP
from tests.service.inventory import shop
from tests.service.inventory.conftest import HQ, OPERATOR, Inventory
from tests.service.inventory.shop import product, put, refused, variant
from tests.service.inventory.test_catalogue_imports import create, ended, errors, numbers, start, upload, working

COMPONENTS, PRICES, LOCATIONS = rpc.IMPORT_KIND_COMPONENTS, rpc.IMPORT_KIND_PRICES, rpc.IMPORT_KIND_LOCATIONS


async def run(inventory: Inventory, kind: Any, *lines: str, dry_run: bool = False, **asked: Any) -> Any:
    """The job of such a file at its end, and its errors by row, field and rule."""
    job = await create(inventory, kind=kind, **asked)
    await upload(inventory, job, 1, "\r\n".join(lines) + "\r\n")
    await start(inventory, job, dry_run=dry_run)
    found = await ended(inventory, job)
    return numbers(found), [one[:3] for one in await errors(inventory, job)]


async def prices(inventory: Inventory, price_list_id: str) -> tuple[Any, dict[str, int]]:
    request = cat.GetPriceListRequest(price_list_id=price_list_id, page_size=1000)
    found = (await inventory.call(inventory.catalogue.GetPriceList, request, HQ)).price_list
    return found, {one.sku: one.amount for one in found.prices}


async def place(inventory: Inventory, location_id: str) -> Any:
    reply = await inventory.call(inventory.catalogue.ListLocations, cat.ListLocationsRequest(page_size=100), HQ)
    return next(one for one in reply.locations if one.location_id == location_id)


async def parts(inventory: Inventory, product_id: str) -> dict[str, dict[str, int]]:
    request = cat.GetProductRequest(product_id=product_id)
    found = (await inventory.call(inventory.catalogue.GetProduct, request, HQ)).product
    return {one.sku: {part.sku: part.quantity for part in one.components} for one in found.variants}


async def test_prices_come_from_a_file_and_again_change_nothing(inventory: Inventory) -> None:
    await put(inventory, *(product(f"S{n}") for n in range(130)))
    head = "price_list_id,sku,amount,currency_code,removed"
    rows = [head, *(f"retail,S{n},{100 + n},TWD," for n in range(130)), "web,S1,90,TWD,"]
    assert await run(inventory, PRICES, *rows, dry_run=True) == (("CHECKED", 131, 131, 0, 131), [])
    assert (await refused(prices(inventory, "retail"))).reason == "NOT_FOUND"
    assert await run(inventory, PRICES, *rows) == (("COMPLETED", 131, 131, 0, 131), [])
    held, amounts = await prices(inventory, "retail")
    assert (held.currency_code, held.tax_included, len(amounts), amounts["S129"]) == ("TWD", True, 130, 229)
    assert await run(inventory, PRICES, *rows) == (("COMPLETED", 131, 131, 0, 0), [])
    assert (await run(inventory, PRICES, head, "retail,S1,,,yes", "retail,S2,7,,"))[0][4] == 2
    assert {sku: amount for sku, amount in (await prices(inventory, "retail"))[1].items() if sku in ("S1", "S2")} == {
        "S2": 7
    }


async def test_every_error_of_prices_names_row_field_and_rule(inventory: Inventory) -> None:
    await put(inventory, product("S1"), product("S2"))
    await shop.price(inventory, "retail", {"S1": 100})
    found = await run(
        inventory, PRICES, "price_list_id,sku,amount,currency_code,removed", "retail,NOPE,5,,", "retail,S1,-1,,",
        "retail,S1,5,USD,", "new,S1,5,,", "retail,S2,9,,", "retail,S2,8,,", "retail,S1,5,,yes", ",S1,5,,",
    )  # fmt: skip
    assert found == (
        ("COMPLETED", 8, 8, 7, 1),
        [
            (1, "sku", "is not in the catalogue"),
            (2, "amount", "must be 0 to 1000000000000"),
            (3, "currency_code", "is TWD for good"),
            (4, "currency_code", "must be given for a new list"),
            (6, "sku", "is named in row 5 already"),
            (7, "amount", "must be given, unless the price is removed"),
            (8, "price_list_id", "must be 1 to 64 characters, without control characters and blanks at the ends"),
        ],
    )
    assert (await prices(inventory, "retail"))[1] == {"S1": 100, "S2": 9}


async def test_kits_are_made_of_what_a_file_says(inventory: Inventory) -> None:
    await put(inventory, product("COAT"), product("BELT"), product("SETS", variant("SET"), variant("BIG")))
    head = "kit_sku,sku,quantity"
    first = await run(inventory, COMPONENTS, head, "SET,COAT,1", "SET,BELT,2", "BIG,SET,3")
    assert first == (("COMPLETED", 3, 3, 0, 3), [])
    assert await parts(inventory, "SETS") == {"SET": {"COAT": 1, "BELT": 2}, "BIG": {"SET": 3}}
    assert (await run(inventory, COMPONENTS, head, "SET,COAT,1", "SET,BELT,2"))[0][4] == 0
    wrong = await run(
        inventory, COMPONENTS, head, "SET,BIG,1", "NOPE,COAT,1", "SET,NOPE,1", "SET,COAT,x", "SET,BELT,0", "SET,BELT,4"
    )
    assert wrong[0] == ("COMPLETED", 6, 6, 5, 1)
    assert [(row, field) for row, field, _ in wrong[1]] == [
        (1, "sku"), (2, "kit_sku"), (3, "sku"), (4, "quantity"), (6, "sku"),
    ]  # fmt: skip
    assert "would hold itself" in wrong[1][0][2]
    assert await parts(inventory, "SETS") == {"SET": {"COAT": 1}, "BIG": {"SET": 3}}


async def test_places_come_from_a_file_of_another_system(inventory: Inventory) -> None:
    await inventory.put_locations("TPE01", address="somewhere")
    mapping = {"Code": "location_id", "Type": "kind", "Name": "name", "zh": "name.zh-TW", "Lat": "latitude",
               "Lon": "longitude", "Ships": "ships", "Groups": "groups"}  # fmt: skip
    lines = [
        "Code,Type,Name,zh,Lat,Lon,Ships,Groups,Manager",
        "TPE01,,Xinyi,台北信義,25.0362,121.5674,是,north|city,Lin",
        "WH1,warehouse,Warehouse,倉庫,,,true,,Wu",
        "TXG01,,Taichung,,,,,,no type",
        "TPE02,STORE,Ximen,,99,121,,,beyond the pole",
        "TPE03,STORE,Half,,25,,,,",
    ]
    found = await run(inventory, LOCATIONS, *lines, mapping=mapping)
    assert found[1] == [
        (3, "kind", "must be given for a new place"),
        (4, "latitude", "must be -90 to 90"),
        (5, "longitude", "goes with latitude, and latitude with it"),
    ]
    assert found[0] == ("COMPLETED", 5, 5, 3, 2)
    first = await place(inventory, "TPE01")
    assert (first.name, first.names["zh-TW"], first.ships, first.pickup) == ("Xinyi", "台北信義", True, True)
    assert (first.address, first.position.latitude_e6, list(first.groups)) == ("somewhere", 25036200, ["north", "city"])
    second = await place(inventory, "WH1")
    assert (second.kind, second.time_zone, second.active) == (pb.LOCATION_KIND_WAREHOUSE, "Asia/Taipei", True)
    assert (await run(inventory, LOCATIONS, *lines, mapping=mapping))[0][4] == 0


async def test_a_crash_goes_on_behind_the_last_chunk(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usecases, "_AT_ONCE", 10)
    await put(inventory, *(product(f"S{n}") for n in range(35)))
    job = await create(inventory, kind=PRICES)
    rows = "".join(f"retail,S{n},{n},TWD\r\n" for n in range(35))
    await upload(inventory, job, 1, "price_list_id,sku,amount,currency_code\r\n" + rows)
    await start(inventory, job)
    async with inventory.db.transaction() as tx:
        held = await usecases._locked(tx, job)
        await main.imports(inventory.ground)._step(tx, held)
    assert len((await prices(inventory, "retail"))[1]) == 10
    assert numbers(await ended(inventory, job)) == ("COMPLETED", 35, 35, 0, 35)
    assert (await prices(inventory, "retail"))[0].version == 4


@pytest.mark.parametrize("kind", [COMPONENTS, PRICES, LOCATIONS])
async def test_a_mapping_that_cannot_be_is_refused(inventory: Inventory, kind: Any) -> None:
    for mapping in ({"a": "nonsense"}, {"a": "sku", "b": "sku"}, {"a": "name.zh"}):
        assert (await refused(create(inventory, kind=kind, mapping=mapping))).reason == "FIELD_INVALID"
    job = await create(inventory, kind=kind)
    assert (await refused(upload(inventory, job, 1, "nonsense\r\n1\r\n"))).reason == "FIELD_INVALID"


async def test_what_a_run_remembered_is_forgotten_after_a_week(inventory: Inventory) -> None:
    await put(inventory, product("S1"))
    await run(inventory, PRICES, "price_list_id,sku,amount,currency_code", "retail,S1,5,TWD")

    async def remembered() -> int:
        async with inventory.db.read() as tx:
            return int(await tx.fetchval("SELECT count(*) FROM import_keys"))

    assert await remembered() == 1
    async with inventory.db.read() as tx:
        due = await tx.fetchrow("SELECT key, due_time FROM timers WHERE kind = $1", SWEEP)
    assert due["due_time"] == inventory.clock() + timedelta(days=7)
    sweep = main.imports(inventory.ground).timers()[SWEEP]
    assert isinstance(sweep, timers.InTx)
    async with inventory.db.transaction() as tx:
        await sweep.run(
            tx, [Due(kind=SWEEP, key=due["key"], payload=b"", attempt=1, fence=1, due_time=due["due_time"])]
        )
    assert await remembered() == 0


async def test_omoctl_loads_them(inventory: Inventory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await put(inventory, product("S1"))
    file = tmp_path / "prices.csv"
    file.write_text("price_list_id,sku,amount,currency_code\nretail,S1,5,TWD\n")
    door = Door(shop.imports(inventory), inventory.issuer.token(**OPERATOR))
    async with working(inventory):
        assert await loading.through(door, file, {}, None, kind="PRICES", dry_run=False)
    assert (await prices(inventory, "retail"))[1] == {"S1": 5}
    assert "1 rows, 1 changed the catalogue, 0 failed" in capsys.readouterr().out
    for name in ("components", "prices", "locations"):
        assert CliRunner().invoke(app, ["import", name, "--help"]).exit_code == 0
