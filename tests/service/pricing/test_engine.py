"""What a thousand drawn carts come to, here and in another process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from omo_pricing.priced import ENGINE
from tests.service.pricing import seeded

ROOT = Path(__file__).parents[3]
RESULTS = {
    1: "8487ca9c910fb4942183290355cd57487f55b30873d7a8d6a54995017452705c",
    2: "3c169425cea472d100c1e4256395e6443b62d0391cd3279983e33790a7796e18",
}
"""By engine: what a thousand drawn carts come to. A till may run an older engine than the server, so a change that
alters any result raises ENGINE and adds its line here."""


def test_a_changed_result_needs_a_new_engine() -> None:
    assert hashlib.sha256(seeded.results().encode()).hexdigest() == RESULTS[ENGINE]


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_no_result_depends_on_the_order_of_hashes(seed: str) -> None:
    """Another process with other hashes, as a till is, writes the same text."""
    program = "from tests.service.pricing import seeded; print(seeded.results(60))"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": "Asia/Taipei"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == seeded.results(60)
