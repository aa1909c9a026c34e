"""Goods that are paid for now and taken later."""
