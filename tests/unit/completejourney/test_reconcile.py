"""The comparer must see every difference: it is the one that says whether a year was lost."""

from cli.completejourney import reconcile
from cli.completejourney.reconcile import Difference, Figures

SOURCE = {"330": Figures(1000, 3, 2, 4), "27": Figures(5, 1, 1, 1)}


def test_equal_sides_have_no_difference() -> None:
    assert reconcile.differences(SOURCE, dict(SOURCE)) == []
    assert not any("differs" in line for line in reconcile.table(SOURCE, dict(SOURCE)))


def test_a_cent_a_unit_and_a_basket_are_each_seen() -> None:
    system = {"330": Figures(999, 4, 2, 4), "27": Figures(5, 1, 2, 1)}
    assert reconcile.differences(SOURCE, system) == [
        Difference("27", "baskets", 1, 2),
        Difference("330", "revenue", 1000, 999),
        Difference("330", "units", 3, 4),
    ]


def test_a_store_that_only_one_side_knows_is_seen() -> None:
    assert reconcile.differences(SOURCE, {"330": SOURCE["330"]})[0] == Difference("27", "revenue", 5, 0)
    assert reconcile.differences({}, {"9": Figures(0, 0, 1, 1)}) == [Difference("9", "baskets", 0, 1)]


def test_differences_that_cancel_out_in_the_sum_are_seen() -> None:
    swapped = {"330": Figures(999, 3, 2, 4), "27": Figures(6, 1, 1, 1)}
    assert len(reconcile.differences(SOURCE, swapped)) == 2


def test_the_table_prints_both_sides_in_dollars_and_marks_what_differs() -> None:
    lines = list(reconcile.table(SOURCE, {**SOURCE, "27": Figures(-5, 1, 1, 1)}))
    assert [line.split()[0] for line in lines[1:]] == ["27", "330", "all"]
    assert lines[1].split()[1:3] == ["0.05", "-0.05"]
    assert lines[1].endswith("<-- differs")
    assert lines[2].split()[1:3] == ["10.00", "10.00"]
    assert "differs" not in lines[2]
    assert lines[3].split()[1:3] == ["10.05", "9.95"]
    assert lines[3].endswith("<-- differs")
