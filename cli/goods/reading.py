"""Cuts a file of goods into parts that end with a whole row, a part at a time in memory."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.stack.trouble import Trouble

# below what a call may hold: 512 KiB and 5,000 rows
_BYTES, _ROWS = 400 * 1024, 2_000


def parts(file: Path) -> Iterator[bytes]:
    """The file's parts, each as it is uploaded."""
    lines = _lines(file) if is_json_lines(file) else _records(file)
    held: list[str] = []
    size = 0
    try:
        for line in lines:
            held.append(line)
            size += len(line.encode())
            if size >= _BYTES or len(held) >= _ROWS:
                yield "".join(held).encode()
                held, size = [], 0
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Trouble(f"{file} cannot be read: {error}", "it must be UTF-8 text") from None
    if held:
        yield "".join(held).encode()


def checked(file: Path, columns: Path | None) -> dict[str, str]:
    """The mapping, once there is a file to load."""
    if not file.is_file():
        raise Trouble(f"there is no file {file}", "name a CSV or JSON lines file")
    return mapping(columns)


def is_json_lines(file: Path) -> bool:
    """By its name: .jsonl, .ndjson and .json hold an object a line."""
    return file.suffix.lower() in {".jsonl", ".ndjson", ".json"}


def mapping(file: Path | None) -> dict[str, str]:
    """Field by column."""
    if file is None:
        return {}
    try:
        found: Any = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Trouble(f"{file} cannot be read: {error}", "it must be a JSON object of column to field") from None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise Trouble(f"{file} is no mapping", "it must be a JSON object of column to field")
    return found


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8-sig") as text:
        yield from (line if line.endswith("\n") else f"{line}\n" for line in text)


def _records(file: Path) -> Iterator[str]:
    """Records as they are written anew: one may go over several lines, and must not be cut."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        yield from (_written(record) for record in csv.reader(text, strict=True))


def _written(record: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(record)
    return line.getvalue()
