"""A table of stock as the rows that shops read."""

from gateway.http.shop.availability import rows
from omo.inventory.v1 import availability_service_pb2 as pb


def shown(**table: object) -> list[tuple[str, str, int | None, str | None]]:
    reply = pb.ReadStockResponse(skus=["A", "B"], location_ids=["X", "Y"], **table)  # type: ignore[arg-type]
    return [(one.sku, one.location_id, one.available, one.band) for one in rows(reply)]


def test_numbers_row_by_row() -> None:
    assert shown(available=[1, 2, 3, 4]) == [
        ("A", "X", 1, None),
        ("A", "Y", 2, None),
        ("B", "X", 3, None),
        ("B", "Y", 4, None),
    ]


def test_names_nothing_and_what_nobody_asked_for() -> None:
    assert shown(available=[0, 0, 7, 0], shown=bytes([2, 5, 0, 6])) == [
        ("A", "X", None, "LOW"),
        ("A", "Y", None, None),
        ("B", "X", 7, None),
    ]
