"""A range of goods with Chinese and English names, and what people type for them."""

from collections.abc import Iterator
from random import Random

from services.inventory.catalogue.domain import Product, Variant
from services.inventory.catalogue.domain_barcodes import check_digit

_KINDS = (
    ("大衣", "coat"), ("風衣", "trench"), ("毛衣", "sweater"), ("襯衫", "shirt"),
    ("長褲", "trousers"), ("牛仔褲", "jeans"), ("洋裝", "dress"), ("半身裙", "skirt"),
    ("圍巾", "scarf"), ("皮帶", "belt"), ("手提包", "handbag"), ("後背包", "backpack"),
    ("帽子", "hat"), ("襪子", "socks"), ("靴子", "boots"), ("運動鞋", "sneakers"),
    ("外套", "jacket"), ("背心", "vest"),
)  # fmt: skip
_STUFFS = (
    ("羊毛", "wool"), ("羊絨", "cashmere"), ("純棉", "cotton"), ("亞麻", "linen"),
    ("真絲", "silk"), ("皮革", "leather"), ("丹寧", "denim"), ("羽絨", "down"),
    ("防水", "waterproof"), ("針織", "knitted"),
)  # fmt: skip
_COLOURS = (
    ("駝色", "camel"), ("黑色", "black"), ("象牙白", "ivory"), ("海軍藍", "navy"),
    ("酒紅", "burgundy"), ("橄欖綠", "olive"), ("鐵灰", "charcoal"), ("卡其", "khaki"),
    ("芥末黃", "mustard"), ("薰衣草紫", "lavender"),
)  # fmt: skip
_BRANDS = ("Hikari", "Kage", "Nami", "Sora", "Tsuki")


def barcode(number: int) -> str:
    """An EAN-13 of the number."""
    digits = f"471{number:09d}"
    return f"{digits}{check_digit(digits)}"


def products(count: int) -> Iterator[Product]:
    """So many products of two sizes."""
    chance = Random(11)
    for number in range(count):
        kind, stuff, colour = chance.choice(_KINDS), chance.choice(_STUFFS), chance.choice(_COLOURS)
        code = f"{kind[1][:5].upper()}-{number:06d}"
        yield Product(
            code,
            f"{colour[0]}{stuff[0]}{kind[0]} {number:06d}",
            {"en": f"{colour[1]} {stuff[1]} {kind[1]} {number:06d}"},
            brand=chance.choice(_BRANDS),
            categories=("Women" if number % 2 else "Men", kind[1]),
            variants=tuple(
                Variant(f"{code}-{size}", size, {"size": size, "colour": colour[1]}, (barcode(number * 2 + place),))
                for place, size in enumerate("SM")
            ),
        )


def queries(count: int) -> dict[str, list[str]]:
    """What people type, by what kind of query it is."""
    chance = Random(12)
    some = range(40)

    def one() -> tuple[str, str]:
        return chance.choice(_KINDS)

    def two() -> tuple[str, str]:
        return chance.choice(_STUFFS)

    return {
        "one Chinese character": [one()[0][-1] for _ in some],
        "two Chinese characters": [two()[0] for _ in some],
        "four and more, as one word": [f"{two()[0]}{one()[0]}" for _ in some],
        "one English word": [one()[1] for _ in some],
        "three English words": [f"{chance.choice(_COLOURS)[1]} {two()[1]} {one()[1]}" for _ in some],
        "both languages": [f"{two()[0]} {one()[1]}" for _ in some],
        "a mistyped word": [_mistyped(one()[1], chance) for _ in some],
        "a begun SKU": [f"{one()[1][:5].upper()}-{chance.randrange(count):06d}"[:9] for _ in some],
        "a barcode": [barcode(chance.randrange(count * 2)) for _ in some],
        "nothing that there is": [f"qq{chance.randrange(10**6)}zz" for _ in some],
    }


def _mistyped(word: str, chance: Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
