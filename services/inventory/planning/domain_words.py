"""Why a move is suggested, in one sentence for people."""

from collections.abc import Mapping
from typing import Any

_LONG = 99.0
_WORDS: dict[str, dict[str, str]] = {
    "REBALANCE": {
        "zh-TW": "{to} 的 {sku} 只夠賣 {to_cover}（每週約 {to_weekly} 件），"
        "{away} 可賣 {from_cover}（每週約 {from_weekly} 件）；"
        "調撥 {quantity} 件，{horizon} 週內預計多賣 {units} 件，毛利 {margin}，扣除調撥成本 {cost} 後淨利 {gain}。",
        "en": "{to} has {to_cover} of {sku} left (about {to_weekly} a week), {away} has {from_cover} "
        "(about {from_weekly} a week); moving {quantity} should sell {units} more within {horizon} weeks: "
        "margin {margin} less move cost {cost} gains {gain}.",
    },
    "ALLOCATION": {
        "zh-TW": "到貨首配：{to} 每週約可賣 {sku} {to_weekly} 件（{basis}），"
        "目前可用 {to_available} 件、陳列底量 {display} 件；"
        "配 {quantity} 件，{horizon} 週內預計賣出 {units} 件，毛利 {margin}，扣除配送成本 {cost} 後淨利 {gain}。",
        "en": "First allocation: {to} should sell about {to_weekly} of {sku} a week ({basis}), has {to_available} and "
        "shows at least {display}; {quantity} of the lot should sell {units} within {horizon} weeks: "
        "margin {margin} less move cost {cost} gains {gain}.",
    },
}
_COVER = {"zh-TW": ("{0} 週", "一年以上"), "en": ("{0} weeks", "more than a year")}
_BASIS = {"zh-TW": ("依自身銷售", "依同類商品"), "en": ("by its own sales", "by goods like it")}


def sentences(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The sentence in each language that we speak."""
    return {language: text.format_map(_said(given, language)) for language, text in _WORDS[kind].items()}


def _said(given: Mapping[str, Any], language: str) -> dict[str, Any]:
    found = dict(given)
    for name in ("to_cover", "from_cover"):
        if name in found:
            found[name] = _cover(found[name], language)
    for name in ("to_weekly", "from_weekly", "units"):
        if name in found:
            found[name] = f"{found[name]:.1f}"
    for name in ("margin", "cost", "gain"):
        found[name] = f"{found[name]:,}"
    found["basis"] = _BASIS[language][bool(found.get("pooled"))]
    return found


def _cover(weeks: float | None, language: str) -> str:
    short, long = _COVER[language]
    return long if weeks is None or weeks > _LONG else short.format(f"{weeks:.1f}")
