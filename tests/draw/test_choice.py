"""Choices keep their limits always, and their shares as far as the limits let them."""

from __future__ import annotations

import numpy as np
import pytest

from dhub.draw import stream
from dhub.draw.choice import chosen, dealt

DRAW = stream(1, "test.choice")
PLACES = np.arange(3000)


@pytest.mark.parametrize("share", [0.02, 0.12, 0.3, 0.5, 0.7, 0.95])
@pytest.mark.parametrize("room", [1.0, 1.3, 3.0])
def test_a_share_of_the_able_at_any_prefix(share, room) -> None:
    able = stream(2, "able").chance(PLACES, min(share * room, 1.0))
    hit = chosen(DRAW, share, able)
    assert not (hit & ~able).any()
    if room == 3.0 or share * room >= 1:
        assert abs(hit.sum() - share * len(able)) <= 2


def test_those_who_must_are_chosen_and_count_towards_the_share() -> None:
    sure = stream(3, "sure").chance(PLACES, 0.05)
    able = stream(3, "able").chance(PLACES, 0.5)
    hit = chosen(DRAW, 0.1, able, sure)
    assert hit[sure].all() and not (hit & ~(able | sure)).any()
    assert abs(hit.sum() - 300) <= 2


def test_more_than_the_share_must() -> None:
    sure = PLACES % 2 == 0
    assert (chosen(DRAW, 0.1, np.zeros(3000, dtype=bool), sure) == sure).all()


def test_fewer_than_the_share_may() -> None:
    able = PLACES % 10 == 0
    assert (chosen(DRAW, 0.5, able) == able).all()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows(rows) -> None:
    every, none = np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool)
    assert len(chosen(DRAW, 0.3, every)) == rows
    assert chosen(DRAW, 1.0, every).all() and not chosen(DRAW, 0.0, every).any()
    assert not chosen(DRAW, 0.9, none).any() and chosen(DRAW, 0.1, none, every).all()


def test_a_higher_score_is_preferred() -> None:
    score = (PLACES % 2) * 2.0
    hit = chosen(DRAW, 0.2, np.ones(3000, dtype=bool), score=score)
    assert hit[score > 0].sum() > 0.95 * hit.sum()


def test_categories_within_their_limits() -> None:
    allowed = np.ones((3000, 3), dtype=bool)
    allowed[:, 0] = stream(4, "allowed").chance(PLACES, 0.6)
    weights = (0.3, 0.2, 0.5)
    code = dealt(5, "test.dealt", weights, allowed)
    assert allowed[PLACES, code].all()
    for category, weight in enumerate(weights):
        assert abs((code == category).sum() - weight * 3000) <= 2


def test_who_is_left_does_not_hang_on_whether_a_limit_strikes() -> None:
    """Those whom the others shun are left to the last, which need not be the heaviest."""
    odd = PLACES % 10 == 1
    score = np.where(odd[:, None], (-3.0, -3.0, 0.0), 0.0)
    for struck in (0, 1):
        allowed = np.ones((3000, 3), dtype=bool)
        allowed[:struck, 0] = False
        code = dealt(5, "test.last", (0.5, 0.2, 0.3), allowed, score, last=2)
        assert (code[odd] == 2).mean() > 0.9
