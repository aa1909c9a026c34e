"""What becomes of a promise that goods do not cover: it is named, and no error hides it."""

import pytest

from omo.inventory.v1 import stock_events_pb2
from services.inventory.stock import store_shortfalls
from services.inventory.stock.domain_books import Books
from tests.service.inventory.conftest import Inventory, movement, new


async def test_an_oversold_hold_is_named_and_no_error(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    await inventory.stocked({("COAT", "TPE01"): 3})
    monkeypatch.setattr(Books, "free", lambda *_: 10**9)  # the bug of promising whatever is asked
    order_id = new()
    await inventory.hold([("COAT", 2), ("COAT", 3)], {"audience": "service", "sub": "order"}, order_id=order_id)
    (found,) = await inventory.told(stock_events_pb2.StockShortfallFound)
    assert (found.shortfall.source_id, found.shortfall.quantity) == (order_id, 2)
    assert await inventory.drifts() == []
    await inventory.post(movement("COAT", "TPE01", 2, "RECEIPT"))
    assert await inventory.drifts() == []


async def test_what_nobody_took_is_nobodys(inventory: Inventory) -> None:
    async with inventory.db.transaction() as tx:
        assert await store_shortfalls.find(tx, {("COAT", "TPE01"): 2}, []) == []
        assert await store_shortfalls.find(tx, {}, []) == []
        await store_shortfalls.settle(tx, {})
        assert await store_shortfalls.page(tx, "00000000-0000-0000-0000-000000000000", "", 10) == []
