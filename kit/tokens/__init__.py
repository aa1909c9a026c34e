"""Tokens: verifying a caller's, and holding a service's own."""

from kit.tokens.keys import Jwks, KeysUnavailable, TokenInvalid
from kit.tokens.service import Issue, ServiceTokens
from kit.tokens.verifier import ALGORITHM, LEEWAY, TYPE, TokenVerifier

__all__ = [
    "ALGORITHM",
    "LEEWAY",
    "TYPE",
    "Issue",
    "Jwks",
    "KeysUnavailable",
    "ServiceTokens",
    "TokenInvalid",
    "TokenVerifier",
]
