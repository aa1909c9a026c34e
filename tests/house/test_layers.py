"""The rules on imports hold, and bite."""

from collections.abc import Callable, Iterable

import pytest

from tests.house import layers
from tests.house.tree import Source, planted, sources

pytestmark = pytest.mark.xdist_group("syntax")

Rule = Callable[[Iterable[Source]], list[str]]
RULES: list[Rule] = [
    layers.upward_imports,
    layers.impure_domains,
    layers.protobuf_in_stores,
    layers.crossed_borders,
    layers.pydantic_inside,
    layers.settings_elsewhere,
    layers.own_troubles,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    assert not (found := rule(sources())), "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (layers.upward_imports, "services/order/checkout/store.py", "from services.order.checkout import usecases"),
        (layers.upward_imports, "services/order/checkout/store.py", "from services.order.checkout import wire"),
        (layers.upward_imports, "services/order/checkout/usecases.py", "import services.order.sales.servicer"),
        (layers.upward_imports, "services/order/checkout/reactions.py", "from services.order.checkout import servicer"),
        (layers.upward_imports, "services/order/checkout/tokens.py", "from services.order.checkout import servicer"),
        (layers.impure_domains, "services/order/checkout/domain.py", "from omo.order.v1 import order_pb2"),
        (layers.impure_domains, "services/order/checkout/domain.py", "import asyncpg"),
        (layers.impure_domains, "services/order/checkout/domain.py", "from kit import clock"),
        (layers.protobuf_in_stores, "services/order/checkout/store.py", "from omo.order.v1 import order_pb2"),
        (layers.crossed_borders, "services/order/checkout/usecases.py", "from services.member.points import domain"),
        (layers.crossed_borders, "services/order/main.py", "from gateway.http import main"),
        (layers.crossed_borders, "gateway/http/shop/orders.py", "from services.order.checkout import domain"),
        (layers.crossed_borders, "cli/main.py", "import services.order.main"),
        (layers.crossed_borders, "kit/outbox.py", "from services.order.checkout import domain"),
        (layers.crossed_borders, "kit/outbox.py", "from gateway import http"),
        (layers.crossed_borders, "omo_pricing/engine.py", "from kit import errors"),
        (layers.crossed_borders, "omo_pricing/engine.py", "from omo.type.v1 import money_pb2"),
        (layers.crossed_borders, "omo_storelink/journal.py", "from kit import ids"),
        (layers.pydantic_inside, "services/order/checkout/wire.py", "from pydantic import BaseModel"),
        (layers.settings_elsewhere, "services/order/main.py", "import os\nx = os.environ['A']"),
        (layers.settings_elsewhere, "kit/process.py", "from os import environ"),
        (layers.own_troubles, "services/order/checkout/sweep.py", "TROUBLE = (OSError, asyncpg.InterfaceError)"),
    ],
)
def test_a_planted_violation_is_found(rule: Rule, path: str, text: str) -> None:
    assert len(rule(planted(path, text))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (layers.upward_imports, "services/order/checkout/servicer.py", "from services.order.checkout import wire"),
        (layers.upward_imports, "services/order/main.py", "from services.order.checkout import servicer"),
        (layers.impure_domains, "services/order/checkout/domain.py", "from kit.errors import Fault"),
        (layers.impure_domains, "services/order/returns/domain.py", "from services.order.checkout import domain"),
        (layers.crossed_borders, "omo_storelink/journal.py", "from omo.storelink.v1 import frame_pb2"),
        (layers.settings_elsewhere, "cli/stack/child.py", "import os\nx = os.environ"),
    ],
)
def test_what_is_allowed_is_not_found(rule: Rule, path: str, text: str) -> None:
    assert rule(planted(path, text)) == []
