"""How goods sell, what goods like them teach, and how an arriving lot is shared out."""

from dataclasses import replace

import numpy as np
import pytest

from services.inventory.planner import arriving, forecasting, rebalance, signals
from services.inventory.planner.pooling import Item, Pool
from services.inventory.planner.stand import Stand, share_dispersion
from services.inventory.planner.values import chance
from services.inventory.planner.weeks import History, histories
from services.inventory.planning import domain_words
from services.inventory.planning.domain import Good, LotLine, Policy, PolicyException

STEADY = np.array([5.0, 6, 5, 4, 5, 6, 5, 4, 5, 5])


@pytest.mark.parametrize(
    ("weeks", "kind", "model"),
    [
        (STEADY, "SMOOTH", "SES"),
        (np.array([1.0, 20, 1, 30, 2, 25, 1, 1, 40, 1]), "ERRATIC", "SES"),
        (np.array([0.0, 2, 0, 2, 0, 0, 2, 0, 2, 0]), "INTERMITTENT", "CrostonSBA"),
        (np.array([0.0, 1, 0, 30, 0, 0, 2, 0, 40, 0]), "LUMPY", "CrostonSBA"),
        (np.array([2.0, 0, 2, 2, 0, 2] + [0.0] * 14), "INTERMITTENT", "TSB"),
    ],
)
def test_the_method_follows_how_it_sells(weeks: np.ndarray, kind: str, model: str) -> None:
    learnt = forecasting.learn(weeks, prior=1.0)
    assert (learnt.demand_class, learnt.model) == (kind, model)
    assert 0 <= learnt.mean <= weeks.max()


def test_a_new_good_is_learnt_from_goods_like_it() -> None:
    assert forecasting.learn(np.zeros(0), prior=3.0).mean == 3.0
    assert forecasting.learn(np.array([6.0, 6]), prior=3.0).mean == pytest.approx((12 + 6 * 3) / 8)
    assert forecasting.learn(np.zeros(52), prior=3.0).mean < 0.4


def test_an_empty_shelf_is_no_lack_of_demand() -> None:
    """A sells 4 a week and has none in the last four of twelve weeks; B sells 1 throughout."""
    rows = [("X", "B", week, 1, -1) for week in range(12)]
    rows += [("X", "A", week, 4, -4) for week in range(4, 12)]
    rows += [("X", "A", 11, 0, 32), ("X", "B", 11, 0, 13)]
    found = histories(["X"], {"A": 0, "B": 1}, rows, {("X", "A"): 0, ("X", "B"): 1}, {("X", "A"), ("X", "B")}, 12)["X"]
    assert found.shelf_weeks.tolist() == [8.0, 12.0]
    # weeks in which most buyers found nothing say nothing; the others show all that is wanted
    assert found.weeks.max() <= 5.5
    assert found.weeks.mean() == pytest.approx(5.0, rel=0.05)


def test_books_that_were_never_opened_show_no_empty_shelves() -> None:
    rows = [("X", "A", week, 2, -2) for week in (0, 3, 5)]
    found = histories(["X"], {"A": 0}, rows, {("X", "A"): -6}, {("X", "A")}, 8)["X"]
    assert found.shelf_weeks.tolist() == [8.0]
    assert found.weeks.tolist() == [0, 0, 2, 0, 2, 0, 0, 2]


def test_chances_add_up_to_the_mean() -> None:
    for wide in (1.0, 1.7, 4.0):
        found = chance(np.arange(1, 400), np.asarray(3.5), np.asarray(wide))
        assert found.sum() == pytest.approx(3.5, rel=1e-6)
        assert (np.diff(found) <= 0).all()
    assert share_dispersion(3.0, np.array([0.0, 0.5, 1.0])).tolist() == [1.0, 2.0, 3.0]


def _history(rate: float, *sold: float) -> History:
    places = np.array(sold)
    return History(np.full(20, rate), places, np.full(len(sold), 20.0), places / 20)


def test_a_size_that_nobody_had_follows_the_size_curve() -> None:
    items = [Item(f"{p}-{s}", p, ("Coats",), s) for p in ("P1", "P2", "P3") for s in ("S", "M", "L")]
    rates = {"S": 1.0, "M": 4.0, "L": 1.0}
    known = {one.sku: _history(rates[one.size], 15.0, 5.0) for one in items if one.sku != "P3-M"}
    pool = Pool(items, known, 2)
    new = next(one for one in items if one.sku == "P3-M")
    assert pool.rate(new) == pytest.approx(4.0, rel=0.05)
    shares = pool.shares(new, History(np.zeros(0), np.zeros(2), np.zeros(2), np.zeros(2)), [True, True])
    assert shares.tolist() == pytest.approx([0.75, 0.25])
    assert pool.shares(new, _history(4.0, 0.0, 80.0), [True, True])[1] > 0.9
    assert pool.shares(new, _history(4.0, 0.0, 80.0), [True, False]).tolist() == [1.0, 0.0]


def _lot_stand(**changed: object) -> Stand:
    whole = Stand(
        sku="X",
        available=np.zeros(4, dtype=np.int64),
        incoming=np.zeros(4, dtype=np.int64),
        weekly=np.array([2.0, 4.0, 1.0, 0.5]),
        dispersion=np.ones(4),
        margins=np.full(4, 100.0),
        displays=np.full(4, 2, dtype=np.int64),
        gives=np.ones(4, dtype=bool),
        gets=np.ones(4, dtype=bool),
        lot=1,
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


def _shared(good: Stand, quantity: int) -> tuple[dict[str, int], int, int]:
    policy = Policy(horizon_weeks=4, online_weeks=4)
    ways = rebalance.ways(policy, ("WH", "A", "B", "C"))
    found = arriving.share_out(good, LotLine("X", quantity), 0, 2.0, policy, ways)
    shares = {one.target: one.quantity for one in found.proposals}
    assert sum(shares.values()) + found.line.reserve + found.line.left_over == quantity
    return shares, found.line.reserve, found.line.left_over


def test_a_rich_lot_fills_all_and_the_rest_stays() -> None:
    shares, reserve, left_over = _shared(_lot_stand(), 200)
    assert shares["A"] > shares["B"] > shares["C"] >= 2
    assert reserve == 8
    assert left_over > 0


def test_a_poor_lot_shows_in_the_best_stores_first() -> None:
    shares, reserve, _ = _shared(_lot_stand(), 4)
    assert shares in ({"A": 2, "B": 2}, {"A": 2, "B": 1, "C": 1})
    assert reserve == 0


def test_a_lot_goes_in_whole_packs_and_not_where_it_is_not_sold() -> None:
    shares, _, _ = _shared(_lot_stand(lot=6, gets=np.array([True, True, False, True])), 31)
    assert "B" not in shares
    assert all(quantity % 6 == 0 for quantity in shares.values())


def test_hot_goods() -> None:
    assert signals.surging(np.array([2.0] * 8 + [6, 7, 6, 8]), 1.0)
    assert not signals.surging(np.array([2.0] * 12), 1.0)
    assert not signals.surging(np.array([0.1] * 8 + [0.5, 0, 0.5, 0]), 1.0)
    assert signals.running_out(5.0, 0.4)
    assert not signals.running_out(0.2, 0.4)


def test_of_the_exceptions_that_fit_the_last_one_decides() -> None:
    policy = Policy(
        display_minimum=1,
        exceptions=(
            PolicyException(categories=("Coats",), display_minimum=3),
            PolicyException(skus=("X",), location_ids=("A",), display_minimum=0),
            PolicyException(product_ids=("P",), lot_size=6),
        ),
    )
    assert policy.displays(Good("X", "P", ("Coats",)), ["A", "B"]) == [0, 3]
    assert policy.displays(Good("Y", "Q", ("Hats",)), ["A", "B"]) == [1, 1]
    assert (policy.lot(Good("X", "P")), policy.lot(Good("Y", "Q"))) == (6, 1)


def test_the_sentence_in_both_languages() -> None:
    why = {
        "sku": "X", "to": "A", "away": "B", "quantity": 3, "horizon": 4, "to_weekly": 2.0, "from_weekly": 0.0,
        "to_cover": 0.5, "from_cover": None, "units": 2.5, "margin": 4500, "cost": 90, "gain": 4410,
    }  # fmt: skip
    said = domain_words.sentences("REBALANCE", why)
    assert said["en"].startswith("A has 0.5 weeks of X left (about 2.0 a week), B has more than a year")
    assert "調撥 3 件" in said["zh-TW"]
    assert "4,410" in said["zh-TW"]
