"""Why this place: a trace as sentences, in traditional Chinese and in English."""

from collections.abc import Mapping, Sequence
from typing import Any

Trace = Mapping[str, Any]

EN, ZH = 0, 1
_OUT = {
    "INACTIVE": ("is not active", "未啟用"),
    "VIRTUAL": ("is no real place", "虛擬據點"),
    "METHOD": ("does not deliver this way", "不支援此配送方式"),
    "FRANCHISE": ("is a franchise that did not agree to web orders", "加盟店未同意供應網路訂單"),
    "PAUSED": ("has paused orders", "暫停接單"),
    "CLOSED": ("does not open in the next two weeks", "兩週內不營業"),
    "CUT_OFF": ("cannot send it today any more", "已過今日截單時間"),
    "TOO_LATE": ("cannot send it in time", "趕不上承諾日期"),
    "COOLING": ("rejected these goods a short while ago", "近期曾拒絕此商品"),
    "UNSURE": ("is not sure enough to have it", "庫存可信度不足"),
    "NO_STOCK": ("has nothing of it", "無可用庫存"),
    "CAPACITY": ("has taken its orders of today", "已達每日接單上限"),
    "GROUP": ("is in none of the wanted groups", "不在指定群組"),
    "GROUP_EXCLUDED": ("is in an excluded group", "屬於排除群組"),
    "DISTANCE": ("is too far away", "超過距離限制"),
    "DISTANCE_UNKNOWN": ("is at an unknown distance", "距離不明"),
}
_LEFT = {
    "NO_STOCK": ("no place has it", "沒有據點有庫存"),
    "SPLITS": ("the order would come in too many shipments", "超過拆單上限"),
    "THRESHOLD": ("a shipment or the rest would be worth too little", "拆單後金額低於門檻"),
    "ATTEMPTS": ("it was rejected too often", "已達重新派單次數上限"),
    "PARKED": ("its route parks orders", "此路線暫存訂單"),
    "NO_PLACE": ("no place may deliver it", "沒有符合條件的據點"),
}
_FALLBACK = {
    "NO_STRATEGY": ("no rule set is active", "沒有啟用中的規則"),
    "BROKEN": ("the rule set cannot be read", "規則內容無法讀取"),
    "NO_ROUTE": ("no route takes this order", "沒有適用的路線"),
    "EXCLUDES_ALL": ("the rules exclude every place", "規則排除了所有據點"),
}
_SORT = {
    "PROXIMITY": ("distance", "距離"),
    "BALANCE": ("stock", "庫存量"),
    "SEQUENCE": ("sequence", "指定順序"),
    "CAPACITY": ("room today", "今日餘量"),
    "EARLIEST": ("earliest departure", "最早出貨"),
    "CONFIDENCE": ("how sure the stock is", "庫存可信度"),
}
_MODE = {
    "INSTANT": ("at once", "即時"),
    "BATCH": ("together with the orders of its minute", "批次"),
    "QUEUE": ("in a run of its queue", "佇列重跑"),
    "REJECTION": ("because a place rejected it", "門市拒單"),
    "MOVE": ("by somebody who moved it", "人工改派"),
}
_NAMED = 5


def explain(trace: Trace, mode: str, rule_set: str, version: int, fallback: str) -> tuple[list[str], list[str]]:
    """The decision's sentences: English, Chinese."""
    lines: list[tuple[str, str]] = [_head(trace, mode, rule_set, version)]
    if fallback:
        said = _FALLBACK[fallback]
        lines.append((f"The default strategy decided: {said[EN]}.", f"改用預設策略：{said[ZH]}。"))
    if "rejected" in trace:
        lines.append(_rejected(trace["rejected"]))
    if "moved" in trace:
        lines.append(_moved(trace["moved"]))
    lines += _out(trace.get("out", {}))
    for step in trace.get("rules", ()):
        lines += _step(step, trace.get("km", {}))
    lines += [_left(*one) for one in trace.get("left", ())]
    return [line[EN] for line in lines], [line[ZH] for line in lines]


def _head(trace: Trace, mode: str, rule_set: str, version: int) -> tuple[str, str]:
    how, route = _MODE[mode], trace.get("route", "") or "-"
    places = trace.get("places", 0)
    by = f"rule set {rule_set} version {version}, route {route}"
    return (
        f"Decided {how[EN]} at {trace['now']} by {by}, over {places} places.",
        f"{trace['now']} {how[ZH]}決定，規則 {rule_set} 第 {version} 版，路線 {route}，共 {places} 個據點。",
    )


def _rejected(given: Mapping[str, Any]) -> tuple[str, str]:
    numbers = ", ".join(map(str, given["lines"]))
    place, reason = given["location_id"], given["reason"]
    if given.get("pickup"):
        return (
            f"{place} rejected the pickup of line {numbers} ({reason}); the shopper is asked, nothing is re-routed.",
            f"{place} 無法提供取貨（明細 {numbers}，原因 {reason}）；由顧客選擇，不自動改派。",
        )
    return (f"{place} rejected line {numbers} ({reason}).", f"{place} 拒絕明細 {numbers}（原因 {reason}）。")


def _moved(given: Mapping[str, Any]) -> tuple[str, str]:
    numbers = ", ".join(map(str, given["lines"]))
    source, target, reason = given["from"], given["to"], given["reason"]
    return (
        f"Line {numbers} was moved from {source} to {target} ({reason}).",
        f"明細 {numbers} 由 {source} 改派至 {target}（原因 {reason}）。",
    )


def _out(out: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    lines = []
    for why, codes in out.items():
        said = _OUT[why]
        named = ", ".join(codes[:_NAMED])
        more = len(codes) - _NAMED
        rest = (f" and {more} more", f" 等 {len(codes)} 個") if more > 0 else ("", "")
        lines.append((f"Left out: {named}{rest[EN]}: {said[EN]}.", f"排除 {named}{rest[ZH]}：{said[ZH]}。"))
    return lines


def _step(step: Mapping[str, Any], km: Mapping[str, float]) -> list[tuple[str, str]]:
    sorts = [_SORT[sort] for sort in step["sorts"]]
    by = (", ".join(one[EN] for one in sorts) or "code", "、".join(one[ZH] for one in sorts) or "代碼")
    name, count = step["rule"], step["candidates"]
    lines = [
        (f"Rule {name}: {count} candidates, ranked by {by[EN]}.", f"規則 {name}：{count} 個候選，依{by[ZH]}排序。"),
        *_out(step["out"]),
    ]
    ranks = {row[1]: row[0] for row in step["ranked"]}
    lines += [
        _taken(place, [one for one in step["took"] if one[2] == place], ranks.get(place, 0), km)
        for place in dict.fromkeys(one[2] for one in step["took"])
    ]
    if not step["took"] and count:
        lines.append(("No set of them is enough for it.", "沒有足夠的組合。"))
    if step["gate"][1]:
        least, refused = step["gate"]
        lines.append(
            (f"{refused} splits were not worth {least} each.", f"{refused} 種拆法未達每件出貨 {least} 的門檻。")
        )
    if cap := step["search"][2]:
        lines.append((f"The search ended at its bound ({cap}).", f"搜尋達到上限（{cap}）。"))
    return lines


def _taken(place: str, took: Sequence[Sequence[Any]], rank: int, km: Mapping[str, float]) -> tuple[str, str]:
    goods = ", ".join(f"{quantity} × {sku} ({line_no})" for line_no, sku, _, quantity in took)
    far = (f", {km[place]} km away", f"，距離 {km[place]} 公里") if place in km else ("", "")
    return (
        f"{place} sends {goods}: number {rank} of the ranking{far[EN]}.",
        f"{place} 出貨 {goods}：排名第 {rank}{far[ZH]}。",
    )


def _left(line_no: int, sku: str, quantity: int, reason: str) -> tuple[str, str]:
    said = _LEFT[reason]
    return (
        f"{quantity} × {sku} (line {line_no}) has no place: {said[EN]}.",
        f"{quantity} × {sku}（明細 {line_no}）未派單：{said[ZH]}。",
    )
