"""How often something may be tried."""

import pytest

from kit import attempts


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.200", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::1", "2001:db8:1::/48"),
        ("", "unknown"),
        ("store.example", "unknown"),
    ],
)
def test_neighbours_share_a_network(address: str, network: str) -> None:
    assert attempts.network(address) == network
