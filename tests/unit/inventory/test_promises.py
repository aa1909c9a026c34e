"""Cases in which systems that add up pools have sold what they did not have, or kept what they could have sold."""

from services.inventory.promises.domain import Board, Move, Part

X, Y = ("X", "Y"), ("Y",)


def test_an_order_for_all_of_a_pool_leaves_nothing_to_the_pool_inside_it() -> None:
    """magento/inventory 2727: website 1 sells from X 10 and Y 5, website 2 from Y 5; 15 are ordered on website 1."""
    board = Board.of({"X": 10, "Y": 5}, [])
    assert sum(part.quantity for part in board.place(("o1", 1), 15, X)) == 15
    assert board.possible(Y, 5) == 0
    assert board.place(("o2", 1), 1, Y) == []


def test_an_order_that_fits_elsewhere_makes_room() -> None:
    board = Board.of({"X": 10, "Y": 5}, [Part(("o1", 1), "Y", 5, X)])
    board.net.available["Y"] = 0
    assert [part.location_id for part in board.place(("o2", 1), 5, Y)] == ["Y"]
    assert board.moves == [Move(("o1", 1), 5, "Y", "X")]


def test_goods_to_be_collected_are_pinned_before_goods_to_be_shipped() -> None:
    """magento/inventory 2032: A 5, B 4, C 1; 2 are to be shipped, 4 to be collected at A: A keeps them."""
    board = Board.of({"A": 5, "B": 4, "C": 1}, [])
    assert board.place(("ship", 1), 2, ("A", "B", "C"))
    assert board.pin("A", 4)
    shipped = {part.location_id: part.quantity for part in board.parts()}
    assert shipped.get("A", 0) <= 1
    assert sum(shipped.values()) == 2
    assert board.net.available["A"] >= 0


def test_a_threshold_is_left_over() -> None:
    board = Board.of({"A": 100, "B": 100}, [])
    assert board.possible(("A", "B"), 1_000, spare=10) == 190
    assert board.place(("o", 1), 191, ("A", "B"), spare=10) == []
    assert board.place(("o", 1), 190, ("A", "B"), spare=10)


def test_a_store_keeps_its_safety_stock_and_its_deficit_is_its_own() -> None:
    board = Board.of({"A": 5, "B": -3, "C": 2}, [], {"A": 2, "C": 4})
    assert board.possible(("A", "B", "C"), 100) == 3


def test_a_broken_promise_is_the_youngest_and_as_little_as_can_be() -> None:
    old = Part(("old", 1), "A", 2, ("A", "B"), (1.0, ""))
    young = Part(("young", 1), "B", 2, ("A", "B"), (2.0, ""))
    board = Board.of({"A": -1, "B": 0}, [old, young])
    board.repair("A")
    assert [move for move in board.moves if not move.target] == [Move(("young", 1), 1, "B", "")]
    assert {(part.owner[0], part.location_id): part.quantity for part in board.parts()} == {
        ("old", "A"): 1,
        ("old", "B"): 1,
        ("young", "B"): 1,
    }
    assert board.net.available == {"A": 0, "B": 0}


def test_safety_stock_is_used_before_a_promise_is_broken() -> None:
    board = Board.of({"A": -2, "B": 2}, [Part(("o", 1), "A", 2, ("A", "B"))], {"B": 2})
    board.repair("A")
    assert board.moves == [Move(("o", 1), 2, "A", "B")]


def test_what_is_pinned_stays_short() -> None:
    board = Board.of({"A": -2}, [])
    board.repair("A")
    assert (board.moves, board.net.available) == ([], {"A": -2})


def test_the_fewest_locations_take_a_promise() -> None:
    board = Board.of({"A": 1, "B": 3, "C": 9}, [])
    assert [(part.location_id, part.quantity) for part in board.place(("o", 1), 3, ("A", "B", "C"))] == [("B", 3)]


def test_a_rejected_promise_is_older_than_whoever_is_in_its_way() -> None:
    young = Part(("young", 1), "B", 2, ("B",), (2.0, ""))
    board = Board.of({"A": 2, "B": 0}, [young])
    board.rescue(("old", 1), 1, ("B",), (1.0, ""))
    assert [move for move in board.moves if not move.target] == [Move(("young", 1), 1, "B", "")]
    assert {part.owner[0]: (part.location_id, part.quantity) for part in board.parts()} == {
        "old": ("B", 1),
        "young": ("B", 1),
    }
    assert board.net.available == {"A": 2, "B": 0}


def test_a_rejected_promise_that_is_the_youngest_loses_itself() -> None:
    old = Part(("old", 1), "B", 2, ("B",), (1.0, ""))
    board = Board.of({"A": 2, "B": 1}, [old])
    board.rescue(("young", 1), 3, ("B",), (2.0, ""))
    assert board.moves == [Move(("young", 1), 2, "", "")]
    assert [(part.owner[0], part.quantity) for part in board.parts()] == [("old", 2), ("young", 1)]
    assert board.net.available == {"A": 2, "B": 0}


def test_nobody_loses_to_a_rejected_promise_while_others_can_move() -> None:
    chain = [Part(("b", 1), "B", 1, ("B", "C"), (3.0, "")), Part(("c", 1), "C", 1, ("C", "A"), (4.0, ""))]
    board = Board.of({"A": 1, "B": 0, "C": 0}, chain, {"A": 1})
    board.rescue(("old", 1), 1, ("B",), (1.0, ""))
    assert {part.owner[0]: part.location_id for part in board.parts()} == {"old": "B", "b": "C", "c": "A"}
    assert all(move.target for move in board.moves), "and the safety stock of A is used before"
