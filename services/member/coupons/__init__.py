"""Coupons: campaigns, and who gets one."""
