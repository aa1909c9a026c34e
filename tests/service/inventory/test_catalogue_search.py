"""Search over real gRPC: Chinese of one and two characters, English, mixed, codes, mistakes, filters, pages."""

from typing import Any

import pytest
import pytest_asyncio

from kit import access
from omo.inventory.v1 import catalogue_search_service_pb2 as rpc
from services.inventory.catalogue import placeholders
from services.inventory.search import domain
from services.inventory.search.relearning import Relearning
from tests.service.inventory import shop
from tests.service.inventory.conftest import HQ, Inventory, device, member
from tests.service.inventory.shop import channels, product, put, refused, variant

EAN = "4712345678900"


@pytest_asyncio.fixture
async def brand(inventory: Inventory) -> Inventory:
    await channels(inventory)
    await put(
        inventory,
        product(
            "COAT-CAMEL",
            variant("COAT-CAMEL-M", title="M", options={"colour": "駝色"}, barcodes=[EAN], unit_cost=900),
            variant("COAT-CAMEL-L", title="L"),
            name="駝色羊毛大衣",
            names={"en": "Camel Wool Coat"},
            brand="Hikari",
            categories=["Women", "外套"],
            tags=["winter"],
        ),
        product("COAT-TRENCH", name="風衣", names={"en": "Trench coat"}, brand="Hikari", categories=["Men", "外套"]),
        product("SCARF", name="羊毛圍巾", names={"en": "Woollen scarf"}, brand="Kage", tags=["winter"]),
        product("RACK-7", name="大衣架", names={"en": "Clothes rack"}, brand="Kage"),
        product("TEA", name="臺灣茶", names={"en": "Taiwan tea"}),
        product("OLD", name="大衣 舊款", active=False),
    )
    return inventory


async def find(inventory: Inventory, query: str, who: Any = None, **asked: Any) -> Any:
    request = rpc.SearchProductsRequest(query=query, **asked)
    return await inventory.call(shop.search(inventory).SearchProducts, request, who)


async def found(inventory: Inventory, query: str, **asked: Any) -> list[str]:
    return [one.product.product_id for one in (await find(inventory, query, **asked)).hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # one character, two, more
        ("衣", ["COAT-CAMEL", "COAT-TRENCH", "RACK-7"]),
        ("茶", ["TEA"]),
        ("大衣", ["COAT-CAMEL", "RACK-7"]),
        ("羊毛", ["COAT-CAMEL", "SCARF"]),
        ("外套", ["COAT-CAMEL", "COAT-TRENCH"]),
        ("羊毛大衣", ["COAT-CAMEL"]),
        # words that are no neighbours are looked for when nothing has them so
        ("駝色大衣", ["COAT-CAMEL"]),
        ("衣大", ["COAT-CAMEL", "RACK-7"]),
        # forms of one character, and widths
        ("台灣", ["TEA"]),
        ("臺灣", ["TEA"]),
        ("ＣＯＡＴ ｔｒｅｎｃｈ", ["COAT-TRENCH"]),
        # English, begun, in any order, mixed with Chinese
        ("camel", ["COAT-CAMEL"]),
        ("wool", ["COAT-CAMEL", "SCARF"]),
        ("coat wool", ["COAT-CAMEL"]),
        ("大衣 camel", ["COAT-CAMEL"]),
        ("hikari", ["COAT-CAMEL", "COAT-TRENCH"]),
        # codes: whole, begun, as people write them
        ("COAT-CAMEL-M", ["COAT-CAMEL"]),
        ("coatcamel", ["COAT-CAMEL"]),
        ("rack 7", ["RACK-7"]),
        (EAN, ["COAT-CAMEL"]),
        (EAN[:6], ["COAT-CAMEL"]),
        # nothing
        ("褲子", []),
        ("zzzzzz", []),
        ("4006381333931", []),
    ],
)
async def test_found_by_what_people_type(brand: Inventory, query: str, expected: list[str]) -> None:
    assert await found(brand, query) == expected


@pytest.mark.parametrize(
    ("query", "expected", "corrected"),
    [
        ("caot camel", ["COAT-CAMEL"], "coat camel"),
        ("scraf", ["SCARF"], "scarf"),
        ("trench coatt", ["COAT-TRENCH"], "trench coat"),
        ("woolen scarf", ["SCARF"], "woollen scarf"),
        ("taiwn 茶", ["TEA"], "taiwan"),
        ("4712345678901", ["COAT-CAMEL"], EAN),
        ("COAT-CAMLE", ["COAT-CAMEL"], "coat camel"),
    ],
)
async def test_mistyped_words_are_mended_and_told(
    brand: Inventory, query: str, expected: list[str], corrected: str
) -> None:
    reply = await find(brand, query)
    assert [one.product.product_id for one in reply.hits] == expected
    assert reply.corrected_query == corrected


async def test_the_best_comes_first(brand: Inventory) -> None:
    await put(brand, product("Z-COAT", name="Coat"), product("COAT", name="Anything"), product("B", name="Coatings"))
    reply = await find(brand, "coat")
    assert [(one.product.product_id, one.match) for one in reply.hits] == [
        ("COAT", rpc.SEARCH_MATCH_CODE),
        ("COAT-CAMEL", rpc.SEARCH_MATCH_CODE_PREFIX),
        ("COAT-TRENCH", rpc.SEARCH_MATCH_CODE_PREFIX),
        ("Z-COAT", rpc.SEARCH_MATCH_NAME),
        ("B", rpc.SEARCH_MATCH_PREFIX),
    ]
    (hit,) = (await find(brand, "外套 trench")).hits
    assert hit.match == rpc.SEARCH_MATCH_WORDS


async def test_a_code_names_its_variants(brand: Inventory) -> None:
    assert list((await find(brand, EAN)).hits[0].skus) == ["COAT-CAMEL-M"]
    assert list((await find(brand, "coat-camel")).hits[0].skus) == ["COAT-CAMEL-M", "COAT-CAMEL-L"]
    assert list((await find(brand, "大衣")).hits[0].skus) == []


async def test_filters(brand: Inventory) -> None:
    assert await found(brand, "coat", category="Men") == ["COAT-TRENCH"]
    assert await found(brand, "wool", tag="winter", brand="Kage") == ["SCARF"]
    assert await found(brand, "衣", brand="Nobody") == []
    assert (await refused(find(brand, "衣", channel_id="nope"))).metadata["field"] == "channel_id"
    assert (await refused(find(brand, "衣", location_id="nope"))).metadata["field"] == "location_id"


async def test_shoppers_see_active_goods_only_and_no_costs(brand: Inventory) -> None:
    for who in (None, member(), device()):
        hits = (await find(brand, "大衣", who, inactive_too=True)).hits
        assert [one.product.product_id for one in hits] == ["COAT-CAMEL", "RACK-7"]
        assert "unit_cost" not in str(hits)
    everything = (await find(brand, "大衣", HQ, inactive_too=True)).hits
    assert [one.product.product_id for one in everything] == ["COAT-CAMEL", "OLD", "RACK-7"]
    assert everything[0].product.variants[0].unit_cost == 900
    assert await found(brand, "大衣") == ["COAT-CAMEL", "RACK-7"]


async def test_pages_hold_each_hit_once(brand: Inventory) -> None:
    await put(brand, *(product(f"SOCK-{n:02}", name=f"襪子 {n}") for n in range(25)))
    for query in ("襪子", "sock", "socck", "子襪"):
        seen, token = list[str](), ""
        while True:
            reply = await find(brand, query, page_size=7, page_token=token)
            seen += [one.product.product_id for one in reply.hits]
            if not (token := reply.next_page_token):
                break
        assert seen == [f"SOCK-{n:02}" for n in range(25)], query
    foreign = find(brand, "襪子", page_token="x")
    assert (await refused(foreign)).reason == "PAGE_TOKEN_INVALID"


@pytest.mark.parametrize("query", ["", "  ", "!!", "x" * 201])
async def test_a_query_that_says_nothing_is_refused(brand: Inventory, query: str) -> None:
    assert (await refused(find(brand, query))).metadata["field"] == "query"


async def test_what_is_renamed_is_found_by_its_new_name_only(brand: Inventory) -> None:
    await put(brand, product("TEA", name="綠茶", names={"en": "Sencha"}))
    assert [await found(brand, one) for one in ("sencha", "綠茶", "臺灣")] == [["TEA"], ["TEA"], []]


async def test_a_placeholder_is_found_by_headquarters(brand: Inventory) -> None:
    with access.acting_as(access.service("inventory")):
        async with brand.db.transaction() as tx:
            await placeholders.ensure(tx, ["SOLD-BLIND"], [], "Asia/Taipei", brand.clock())
    hits = (await find(brand, "sold-blind", HQ, inactive_too=True)).hits
    assert [(one.product.product_id, one.product.placeholder) for one in hits] == [("SOLD-BLIND", True)]


async def test_documents_of_older_rules_are_made_anew(brand: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    async with brand.db.transaction() as tx:
        await tx.execute("DELETE FROM search_documents WHERE product_id < 'M'")
        await tx.execute("UPDATE search_documents SET made_by = 0, terms = '{}'")
    assert await found(brand, "coat") == []
    relearning = Relearning(brand.db)
    monkeypatch.setattr("services.inventory.search.relearning._AT_ONCE", 2)
    while await relearning.look():
        pass
    assert await found(brand, "coat") == ["COAT-CAMEL", "COAT-TRENCH"]
    async with brand.db.read() as tx:
        assert await tx.fetchval("SELECT count(*) FROM search_documents WHERE made_by = $1", domain.RULES) == 6


def test_every_match_has_its_number() -> None:
    assert [name for name, number in rpc.SearchMatch.items() if number] == [
        "SEARCH_MATCH_CODE", "SEARCH_MATCH_CODE_PREFIX", "SEARCH_MATCH_NAME", "SEARCH_MATCH_WORDS",
        "SEARCH_MATCH_PREFIX",
    ]  # fmt: skip
