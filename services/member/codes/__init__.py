"""The member's card on his screen: a signed code that changes every half minute."""
