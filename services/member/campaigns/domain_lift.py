"""Who is left out by chance, and what that tells of the others."""

import hashlib

_WHOLE = 10_000


def held_out(campaign_id: str, member_id: str, share_bp: int) -> bool:
    """Whether a member is left out: by chance, and always the same for the same campaign."""
    drawn = hashlib.sha256(f"{campaign_id}\0{member_id}".encode()).digest()
    return int.from_bytes(drawn[:8]) % _WHOLE < share_bp


def lift(reached: int, written: int, reached_held_out: int, held: int) -> tuple[int, int]:
    """By how much more often (basis points) those who were written to reached the goal, and two standard errors."""
    if not written or not held:
        return 0, 0
    one, other = reached / written, reached_held_out / held
    error = (one * (1 - one) / written + other * (1 - other) / held) ** 0.5
    return round((one - other) * _WHOLE), round(2 * error * _WHOLE)
