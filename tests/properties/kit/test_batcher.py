"""The batcher answers each item with its own result, in as few runs as the load allows."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kit.batcher import Batcher


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.sets(st.integers(0, 50)), st.integers(1, 16))
async def test_a_failed_batch_is_tried_again_item_by_item(items: list[int], poison: set[int], limit: int) -> None:
    async def run(batch: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0)
        if poison & set(batch):
            raise RuntimeError("the whole batch")
        return [item + 1 for item in batch]

    batcher = Batcher(run, limit=limit)
    answers = await asyncio.gather(*(batcher.submit(item) for item in items), return_exceptions=True)
    for item, answer in zip(items, answers, strict=True):
        assert isinstance(answer, RuntimeError) if item in poison else answer == item + 1
