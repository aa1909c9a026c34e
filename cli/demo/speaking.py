"""How the demo's brand speaks to its members, as data: templates in two languages, and what occasions use them."""

import asyncio
from typing import Any

from cli.demo.web import Web

_OUT_ZH, _OUT_EN = "\n不想再收到：{unsubscribe_link}", "\nNo more of these: {unsubscribe_link}"
_SHOP = "https://shop.example"
# what somebody waits for comes where it is seen at once; LINE is kept for what the brand has to say of itself
_AT_ONCE = ["push", "sms", "email"]
STORE_ONLY, MISSION, APP = "store-only", "next-channel", "app-after-sale"


def _template(purpose: str, name: str, zh: tuple[str, str], en: tuple[str, str], **more: Any) -> dict[str, Any]:
    out = (_OUT_ZH, _OUT_EN) if purpose == "MARKETING" else ("", "")
    said = zip(("zh-TW", "en"), (zh, en), out, strict=True)
    texts = [{"locale": locale, "subject": one[0], "text": one[1] + end} for locale, one, end in said]
    return {"name": name, "purpose": purpose, "params": more.get("params", []), "texts": texts,
            "link": more.get("link", "")}  # fmt: skip


TEMPLATES: dict[str, dict[str, Any]] = {
    "after-store-care": _template(
        "SERVICE", "購後關懷",
        ("昨天謝謝您", "{member_name}，謝謝您昨天光臨和光。穿起來還合適嗎？保養方式：{link}"),
        ("Thank you for yesterday", "{member_name}, thank you for coming to Hikari. Does it fit? How to care: {link}"),
        link=f"{_SHOP}/care",
    ),
    "wish-on-offer": _template(
        "MARKETING", "收藏商品降價",
        ("您收藏的商品降價了", "{member_name}，您收藏的 {sku} 現在只要 NT${amount}：{link}"),
        ("Your wish costs less", "{member_name}, {sku} from your wish list is NT${amount} now: {link}"),
        params=["sku", "amount"], link=f"{_SHOP}/p/{{sku}}",
    ),
    "back-in-stock": _template(
        "SERVICE", "收藏商品到貨",
        ("您等的商品到了", "{member_name}，您收藏的 {sku} 又有貨了：{link}"),
        ("It is back", "{member_name}, {sku} from your wish list can be had again: {link}"),
        params=["sku"], link=f"{_SHOP}/p/{{sku}}",
    ),
    "pickup-ready": _template(
        "TRANSACTIONAL", "門市取貨通知",
        ("您的訂單可以取貨了", "訂單 {order_no} 已在 {store_name} 備妥，請於 {until} 前取貨。"),
        ("Ready for you", "Order {order_no} waits for you in {store_name} until {until}."),
        params=["order_no", "store_name", "until"],
    ),
    "pickup-expiring": _template(
        "TRANSACTIONAL", "取貨期限提醒",
        ("取貨期限將至", "訂單 {order_no} 保留到 {until}，請記得到 {store_name} 取貨。"),
        ("Waiting until tomorrow", "Order {order_no} is kept in {store_name} until {until}."),
        params=["order_no", "store_name", "until"],
    ),
    "points-expiring": _template(
        "SERVICE", "點數到期提醒",
        ("您的點數即將到期", "{member_name}，您有 {expiring_points} 點將於 {until} 到期，現有 {points} 點。"),
        ("Points that end", "{member_name}, {expiring_points} of your {points} points end on {until}."),
        params=["expiring_points", "until"],
    ),
    "birthday": _template(
        "MARKETING", "生日祝福",
        ("生日快樂", "{member_name}，和光祝您生日快樂！{tier} 會員的生日禮：{link}"),
        ("Happy birthday", "{member_name}, Hikari wishes you a happy birthday! Your {tier} gift: {link}"),
        link=f"{_SHOP}/birthday",
    ),
    "tier-changed": _template(
        "SERVICE", "會員等級異動",
        ("您的會員等級", "{member_name}，您現在是 {new_tier} 會員。"),
        ("Your tier", "{member_name}, you are a {new_tier} member now."),
        params=["new_tier"],
    ),
    "mission-rewarded": _template(
        "SERVICE", "任務獎勵",
        ("任務完成", "{member_name}，您完成了「{mission}」，獲得 {reward_points} 點。"),
        ("Mission done", "{member_name}, you have done “{mission}”: {reward_points} points are yours."),
        params=["mission", "reward_points"],
    ),
    "next-channel": _template(
        "MARKETING", "線上首購任務",
        ("第一次在線上買", "{member_name}，30 天內在線上下單，送您 {gift} 點：{link}"),
        ("Your first order online", "{member_name}, order online within 30 days: {gift} points for you: {link}"),
        params=["gift"], link=f"{_SHOP}/welcome",
    ),
    "app-after-sale": _template(
        "MARKETING", "下載 App 任務",
        ("下載 App 領點數", "{member_name}，14 天內登入 App，送您 {gift} 點：{link}"),
        ("The app pays", "{member_name}, sign in with the app within 14 days: {gift} points for you: {link}"),
        params=["gift"], link=f"{_SHOP}/app",
    ),
}  # fmt: skip

# who has bought in stores and nowhere else
SEGMENT: dict[str, Any] = {
    "name": "只在門市消費",
    "rule": {"field": "channel_class", "operator": "IS", "values": ["STORE_ONLY"]},
}


def _on(trigger: str, template: str, name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "template_id": template, "trigger": trigger, **more}


# what occasions are for: started as they are put
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "after-store-care": _on("STORE_SALE", "after-store-care", "購後關懷", days=1, hour="11:00"),
    "wish-on-offer": _on("WISH_ON_OFFER", "wish-on-offer", "收藏商品降價"),
    "back-in-stock": _on("BACK_IN_STOCK", "back-in-stock", "收藏商品到貨"),
    "pickup-ready": _on("PICKUP_READY", "pickup-ready", "門市取貨通知", channels=_AT_ONCE),
    "pickup-expiring": _on("PICKUP_EXPIRING", "pickup-expiring", "取貨期限提醒", days=1, channels=_AT_ONCE),
    "points-expiring": _on("POINTS_EXPIRING", "points-expiring", "點數到期提醒", days=7, hour="10:00"),
    "birthday": _on("BIRTHDAY", "birthday", "生日祝福", hour="09:30"),
    "tier-changed": _on("TIER_CHANGED", "tier-changed", "會員等級異動", channels=_AT_ONCE),
    "mission-rewarded": _on("MISSION_REWARDED", "mission-rewarded", "任務獎勵", channels=_AT_ONCE),
}
# what pays points is put as a draft: that it begins is headquarters' own decision
MISSIONS: dict[str, dict[str, Any]] = {
    MISSION: {
        "name": "線上首購",
        "template_id": "next-channel",
        "segment_id": STORE_ONLY,
        "hold_out_bp": 1_000,
        "params": {"gift": "100"},
        "goal": {"kind": "ONLINE_ORDER", "within_days": 30, "reward_points": 100, "hold_days": 7, "staff_bonus": 50},
    },
    APP: {
        **_on("STORE_SALE", "app-after-sale", "下載 App"),
        "params": {"gift": "50"},
        "goal": {"kind": "APP_LOGIN", "within_days": 14, "reward_points": 50, "staff_bonus": 30},
    },
}


async def put(hq: Web) -> None:
    """Puts all of it through the API; a brand that speaks already stays as it is."""
    there = {one["campaign_id"] for one in (await hq.get("/v1/hq/campaigns", page_size=100))["campaigns"]}
    missing = {name: one for name, one in {**CAMPAIGNS, **MISSIONS}.items() if name not in there}
    if not missing:
        return
    words = {one["template_id"]: TEMPLATES[one["template_id"]] for one in missing.values()}
    await asyncio.gather(*(hq.put(f"/v1/hq/templates/{name}", template) for name, template in words.items()))
    await hq.put(f"/v1/hq/segments/{STORE_ONLY}", SEGMENT)
    await asyncio.gather(*(_begin(hq, name, campaign) for name, campaign in missing.items()))


async def _begin(hq: Web, campaign_id: str, campaign: dict[str, Any]) -> None:
    await hq.put(f"/v1/hq/campaigns/{campaign_id}", campaign)
    if campaign_id in CAMPAIGNS:
        await hq.post(f"/v1/hq/campaigns/{campaign_id}/start")
