"""`omoctl import products`: a file cut into parts, checked or applied, with its errors on screen and in a file."""

import csv
from pathlib import Path

import pytest

from cli.goods import loading, reading
from cli.goods.loading import Door
from cli.stack.trouble import Trouble
from tests.service.inventory import shop
from tests.service.inventory.conftest import OPERATOR, Inventory
from tests.service.inventory.test_catalogue_imports import count, working

ROWS = 10_000
MAPPING = {"Style": "product_id", "Art": "sku", "Name": "name"}


def written(file: Path, rows: int) -> Path:
    """A file with a name that goes over two lines, and one row that is wrong."""
    with file.open("w", newline="", encoding="utf-8-sig") as text:
        writer = csv.writer(text)
        writer.writerow(("Style", "Art", "Name"))
        for number in range(rows):
            sku = f"S{number:05}" if number != 7 else ""
            writer.writerow((f"P{number // 4:05}", sku, "Coat,\nlong" if number == 3 else f"Coat {number}"))
    return file


def test_a_large_file_is_cut_between_rows(tmp_path: Path) -> None:
    file = written(tmp_path / "goods.csv", ROWS)
    found = list(reading.parts(file))
    assert len(found) == 6
    assert all(len(part) <= 512 * 1024 for part in found)
    rows = [row for part in found for row in csv.reader(part.decode().splitlines(keepends=True))]
    with file.open(newline="", encoding="utf-8-sig") as text:
        assert rows == list(csv.reader(text))
    lines = tmp_path / "goods.jsonl"
    lines.write_text('{"sku": "A"}\n{"sku": "B"}')
    assert list(reading.parts(lines)) == [b'{"sku": "A"}\n{"sku": "B"}\n']


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "goods.csv"
    broken.write_bytes(b"sku\n\xff\n")
    with pytest.raises(Trouble, match="cannot be read"):
        list(reading.parts(broken))
    with pytest.raises(Trouble, match="there is no file"):
        reading.checked(tmp_path / "none.csv", None)
    no_mapping = tmp_path / "m.json"
    for text in ("[]", "{", '{"a": 1}'):
        no_mapping.write_text(text)
        with pytest.raises(Trouble):
            reading.checked(broken, no_mapping)


async def test_a_file_is_checked_and_applied_with_its_errors(
    inventory: Inventory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, errors = written(tmp_path / "goods.csv", 40), tmp_path / "errors.csv"
    door = Door(shop.imports(inventory), inventory.issuer.token(**OPERATOR))
    async with working(inventory):
        assert not await loading.through(door, file, MAPPING, errors, dry_run=True)
        assert await count(inventory) == 0
        assert not await loading.through(door, file, MAPPING, None, dry_run=False)
    assert await count(inventory) == 10
    with errors.open(encoding="utf-8-sig", newline="") as text:
        head, row = csv.reader(text)
    assert (head, row[:2]) == (["row_no", "field", "rule", "value"], ["8", "sku"])
    said = capsys.readouterr().out
    assert "40 rows, 39 would change the catalogue, 1 failed" in said
    assert "row 8 sku: must be 1 to 64 characters" in said
