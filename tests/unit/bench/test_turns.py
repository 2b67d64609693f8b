"""The arithmetic of rounds."""

import pytest

from bench.turns import Rounds, Spent, in_turn, total, wall

ROUNDS = Rounds(
    {
        "ours": [Spent(4, 1, 10), Spent(6, 3, 30), Spent(8, 100, 20)],
        "floor": [Spent(2, 1), Spent(2, 2), Spent(2, 10)],
    }
)


def test_a_ratio_is_the_median_of_those_of_the_rounds() -> None:
    assert ROUNDS.ratio("ours", "floor") == pytest.approx(1.5)
    assert ROUNDS.ratio("ours", "floor", wall) == pytest.approx(3)


def test_rows_are_medians_in_another_unit() -> None:
    assert ROUNDS.rows(times=1000) == {"ours": [3000], "floor": [2000]}
    assert ROUNDS.rows(figure=wall) == {"ours": [6], "floor": [2]}


def test_all_rounds_together_have_the_highest_of_their_peaks() -> None:
    assert total(ROUNDS.of["ours"]) == Spent(18, 104, 30)
    assert ROUNDS.spent()["floor"].told() == {"wall": 6, "cpu": 13}


def test_everybody_has_a_turn_in_each_round_and_the_first_does_not_count() -> None:
    turns: list[str] = []

    def go(name: str) -> Spent:
        turns.append(name)
        return Spent(len(turns), len(turns))

    rounds = in_turn({"a": lambda: go("a"), "b": lambda: go("b")}, 2)
    assert turns == ["a", "b"] * 3
    assert [spent.cpu for spent in rounds.of["a"]] == [3, 5]
