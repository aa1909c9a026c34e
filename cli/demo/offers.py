"""What the demo's brand gives away or sells ahead, as data: vouchers and their rules, a pack of cups, questions."""

from typing import Any

CUP = "LATTE-HOT"
CUPS, PACK_PRICE, CUP_PRICE = 20, 1_600, 110
TRIAL, GIFT, THANKS = "trial-300", "gift-scarf", "thanks-100"
TRIAL_PROGRAM = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2c"
GIFT_PROGRAM = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2d"
CUPS_PROGRAM = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2e"
THANKS_CAMPAIGN = "0199a5c3-3c4d-7e5f-8a6b-7c8d9e0f1a2f"
QUESTIONS = "counter-2026"

# opened only by what a member holds; whoever has nothing gets nothing
RULES: list[dict[str, Any]] = [
    {"id": TRIAL, "version": "1", "stage": "order", "trigger": "issued",
     "conditions": [{"kind": "min_amount", "amount": 1_000}], "effect": {"kind": "amount_off", "amount": 300}},
    {"id": GIFT, "version": "1", "stage": "line", "trigger": "issued", "priority": 10,
     "scope": {"include": {"skus": ["SCARF-GREY-ONE"]}}, "effect": {"kind": "percent_off", "basis_points": 10_000}},
    {"id": THANKS, "version": "1", "stage": "order", "trigger": "issued",
     "effect": {"kind": "amount_off", "amount": 100}},
]  # fmt: skip
BENEFITS: list[dict[str, Any]] = [
    {"program_id": TRIAL_PROGRAM, "name": "試用問卷禮券", "occasion": "MANUAL", "rule_id": TRIAL, "valid_days": 30},
    {"program_id": GIFT_PROGRAM, "name": "圍巾好禮", "occasion": "MANUAL", "rule_id": GIFT, "valid_days": 30},
]
CAMPAIGN: dict[str, Any] = {
    "campaign_id": THANKS_CAMPAIGN,
    "name": "百元感謝券",
    "rule_id": THANKS,
    "expire_time": "2099-12-31T23:59:59+08:00",
    "valid_days": 60,
}
PACK: dict[str, Any] = {
    "program_id": CUPS_PROGRAM,
    "name": "拿鐵二十杯",
    "sku": CUP,
    "units": CUPS,
    "price": PACK_PRICE,
    "list_price": CUP_PRICE,
    "valid_days": 30,
    "giftable": True,
}
TAGS: dict[str, dict[str, Any]] = {
    "likes-camel": {"label": "喜歡駝色", "origins": ["staff", "survey"]},
    "zip-trouble": {"label": "拉鍊問題", "origins": ["staff"]},
    "winter-campaign": {"label": "冬季活動", "origins": ["marketing"]},
}
QUESTIONNAIRE: dict[str, Any] = {
    "questionnaire_id": QUESTIONS,
    "title": "試用問卷",
    "benefit_id": TRIAL_PROGRAM,
    "questions": [
        {
            "question": "colour",
            "kind": "SINGLE",
            "label": "喜歡的顏色？",
            "required": True,
            "choices": [{"choice": "camel", "label": "駝色", "tag": "likes-camel"}],
        }
    ],
}
