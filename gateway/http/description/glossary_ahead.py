"""What the names of fields and parameters mean that speak of goods ordered ahead, and of orders that are changed."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "preorder": "Set where it was sold before its goods were there.",
    "preorders": "Goods that are sold before they are there.",
    "channel_caps": "How much of it may be sold in a channel.",
    "location_caps": "How much of it a place may hand over.",
    "offer_id": "The brand's own code of the offer.",
    "refused_gifts": "Rules whose gift the shopper does not want.",
}
