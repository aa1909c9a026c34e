"""Columns of numbers and bytes as rows of Postgres' binary COPY: every value of a column is equally wide."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]

HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TAIL = struct.pack("!h", -1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_INTEGER, _BIGINT = 23, 20


def rows(count: int, columns: Sequence[Column]) -> bytes:
    """So many rows; a column of one value stands for the same in every row."""
    fields = [("fields", ">i2")]
    values = [column if column.ndim == 1 else _whole(column) for column in columns]
    for place, value in enumerate(values):
        fields += [(f"length{place}", ">i4")]
        # nothing at all is a length only
        fields += [(f"value{place}", value.dtype.str)] if value.dtype.itemsize else []
    table = np.empty(count, np.dtype(fields))
    table["fields"] = len(columns)
    for place, value in enumerate(values):
        table[f"length{place}"] = value.dtype.itemsize
        if value.dtype.itemsize:
            table[f"value{place}"] = value
    return table.tobytes()


def _whole(column: Column) -> Column:
    """The bytes of each value as one."""
    width = column.shape[1]
    return np.ascontiguousarray(column).view(f"V{width}")[:, 0] if width else np.empty(1, "V0")


def int2(values: Column) -> Column:
    return np.atleast_1d(values).astype(">i2")


def int4(values: Column) -> Column:
    return np.atleast_1d(values).astype(">i4")


def int8(values: Column) -> Column:
    return np.atleast_1d(values).astype(">i8")


def same_number(value: int, width: int = 8) -> Column:
    """One number for all."""
    return np.array([value], f">i{width}")


def same(value: bytes | str) -> Column:
    """One value for all, as the bytes that its type sends."""
    data = value.encode() if isinstance(value, str) else value
    return np.frombuffer(data, np.uint8).reshape(1, len(data))


def each(values: Sequence[bytes]) -> Column:
    """Values that are equally long."""
    return np.frombuffer(b"".join(values), np.uint8).reshape(len(values), -1)


def times(begin: datetime, minutes: Column) -> Column:
    """Moments so many minutes after the beginning."""
    start = int((begin - _EPOCH).total_seconds()) * 1_000_000
    return (start + minutes.astype(np.int64) * 60_000_000).astype(">i8")


def uuids(milliseconds: Column, low: Column) -> Column:
    """Version 7: when, and 62 bits that tell one from the other."""
    high = (milliseconds.astype(np.uint64) << np.uint64(16)) | np.uint64(7 << 12)
    variant = low.astype(np.uint64) | np.uint64(2 << 62)
    return np.stack((high, variant), axis=1).astype(">u8").view(np.uint8)


def bigints(values: Column) -> Column:
    """An array of one number in each row."""
    return _array(_BIGINT, values.astype(">i8"))


def integers(value: int) -> Column:
    """The same array of one number for all."""
    return _array(_INTEGER, np.array([value], ">i4"))


def _array(kind: int, values: Column) -> Column:
    head = struct.pack("!iiiiii", 1, 0, kind, 1, 1, values.dtype.itemsize)
    heads = np.broadcast_to(np.frombuffer(head, np.uint8), (len(values), len(head)))
    return np.concatenate((heads, values.reshape(-1, 1).view(np.uint8)), axis=1)


def hexadecimal(values: Column) -> Column:
    """The bytes of each value as text."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    places = values.view(np.uint8)
    return np.stack((digits[places >> 4], digits[places & 15]), axis=2).reshape(len(places), -1)
