"""Numbers that tills never drew are not lost to their sales by a slip of a finger."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.harness.databases import Databases
from tests.service.order.invoices_rig import TILL, Taiwan, taiwan
from tests.service.order.test_invoice_numbers import tokens


@pytest_asyncio.fixture
async def shop(databases: Databases) -> AsyncIterator[Taiwan]:
    async with taiwan(databases) as running:
        yield running


async def test_only_headquarters_spoil_numbers_far_ahead_of_what_was_drawn(shop: Taiwan) -> None:
    await shop.begin(numbers=5)
    await shop.allot(first_number=100, last_number=899, location_id="TPE01", terminal_id=TILL)
    torn = {"numbers": ["AB00000199", "AB00000200", "AB00000201"], "reason": "PAPER_TORN"}
    for token in tokens(shop):
        refused = await shop.rig.fault(shop.desk("SpoilNumbers", token, **torn))
        assert refused.reason == "TRANSITION_REFUSED"
    (block,) = (one for one in (await shop.desk("ListBlocks")).blocks if one.terminal_id)
    assert block.next_number == 100, "the till goes on where it was"
    till, _ = tokens(shop)
    near = await shop.desk("SpoilNumbers", till, numbers=["AB00000199"], reason="PAPER_TORN")
    assert [one.number for one in near.spoiled] == ["AB00000199"]
    far = await shop.desk("SpoilNumbers", numbers=["AB00000899"], reason="ROLL_LOST")
    assert [one.number for one in far.spoiled] == ["AB00000899"]
