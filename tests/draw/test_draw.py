"""Draws are addressed by place, keep their bytes for ever, and mix right at every prefix."""

from __future__ import annotations

import math
from hashlib import sha256
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dhub.draw
from dhub.draw import child, exp, expand, folded, ordered, quantile, spread, stream, within
from dhub.keys import ATTEMPTS, address, luhn, scatter

N = 20_000
PLACES = np.arange(N)


def digest(values: np.ndarray) -> str:
    return sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


# ------------------------------------------------------------------------------------- streams


def test_bits_are_pinned():
    bits = stream(42, "test.golden").bits(np.array([0, 1, 2, -1, 2**40]), 3)
    assert [f"{int(b):016x}" for b in bits] == BITS


def test_a_draw_knows_nothing_of_its_neighbours():
    draw = stream(1, "test.place")
    backwards = draw.bits(PLACES[::-1])[::-1]
    assert np.array_equal(draw.bits(PLACES), backwards)
    assert draw.bits(7) == draw.bits(PLACES)[7]


def test_streams_are_the_same_in_any_hash_order_and_differ_by_seed_and_name():
    keys = {int(stream(s, n).key) for s in (-1, 0, 1, 2**64) for n in ("a", "b", "1", "a.1")}
    assert len(keys) == 16
    assert stream(1, "1a") != stream(11, "a"), "seed and name must not run together"


def _pairs_of_streams():
    draw = stream(1, "test.one")
    return {
        "lanes": (draw.uniform(PLACES), draw.uniform(PLACES, 1)),
        "distant lanes": (draw.uniform(PLACES, 2), draw.uniform(PLACES, 67)),
        "names": (draw.uniform(PLACES), stream(1, "test.two").uniform(PLACES)),
        "seeds": (draw.uniform(PLACES), stream(2, "test.one").uniform(PLACES)),
        "neighbours": (draw.uniform(PLACES), draw.uniform(PLACES + 1)),
        "siblings": (draw.uniform(child(PLACES, 0)), draw.uniform(child(PLACES, 1))),
        "lane and place": (draw.uniform(PLACES, 1), draw.uniform(PLACES + 1)),
    }


@pytest.mark.parametrize("name", list(_pairs_of_streams()))
def test_streams_are_independent(name):
    one, other = _pairs_of_streams()[name]
    limit = 4.5 / math.sqrt(N)
    assert abs(correlation(one, other)) < limit
    assert abs(correlation(abs(one - 0.5), abs(other - 0.5))) < limit
    if name not in ("neighbours", "siblings"):
        assert len(np.intersect1d(one, other)) == 0, "a shifted copy"


@pytest.mark.parametrize("step", [1, 8, 512, 512**2, 2**32])
@pytest.mark.parametrize("lane", [0, 1, 130])
def test_uniform_whatever_the_places(step, lane):
    u = stream(5, "test.uniform").uniform(np.arange(N) * step, lane)
    assert u.min() >= 0 and u.max() < 1
    counts = np.bincount((u * 100).astype(int), minlength=100)
    chi = ((counts - N / 100) ** 2 / (N / 100)).sum()
    assert abs(chi - 99) < 5 * math.sqrt(2 * 99)
    low_bits = (u * 2**53).astype(np.int64) % 256
    chi = ((np.bincount(low_bits, minlength=256) - N / 256) ** 2 / (N / 256)).sum()
    assert abs(chi - 255) < 5 * math.sqrt(2 * 255)


def test_every_bit_is_a_fair_coin():
    bits = stream(5, "test.coins").bits(PLACES)
    for bit in range(64):
        ones = int(((bits >> np.uint64(bit)) & np.uint64(1)).sum())
        assert abs(ones - N / 2) < 4.5 * math.sqrt(N / 4), bit


def test_below_and_between_reach_both_ends_and_no_further():
    draw = stream(3, "test.below")
    assert set(draw.below(PLACES, 3)) == {0, 1, 2}
    assert set(draw.between(PLACES, -1, 1)) == {-1, 0, 1}
    assert set(draw.between(PLACES, 4, 4)) == {4}
    bounds = 1 + PLACES % 7
    assert (draw.below(PLACES, bounds) < bounds).all()
    assert draw.below(PLACES, 2**52).max() < 2**52


def test_pick_and_chance_follow_their_weights():
    draw = stream(3, "test.pick")
    weights = np.array([0.0, 5.0, 0.0, 3.0, 2.0, 0.0])
    counts = np.bincount(draw.pick(PLACES, weights), minlength=6)
    share = weights / 10
    assert (abs(counts - N * share) <= 4.5 * np.sqrt(N * share * (1 - share))).all()
    assert abs(draw.chance(PLACES, 0.2).sum() - N / 5) < 4.5 * math.sqrt(N * 0.16)
    assert not draw.chance(PLACES, 0).any() and draw.chance(PLACES, 1).all()


# -------------------------------------------------------------------------------------- shapes


def test_the_tables_are_frozen():
    path = Path(dhub.draw.__file__).with_name("tables.npy")
    assert sha256(path.read_bytes()).hexdigest() == TABLES


def test_quantile_and_exp_keep_their_bytes():
    u = np.arange(1, 10_000) / 10_000
    assert digest(quantile(u)) == QUANTILES
    assert digest(exp(np.arange(-3000, 3000) / 100)) == EXPONENTIALS


def test_quantile_is_true_to_its_word():
    u = np.r_[np.arange(1, 4000) / 4000, 2.0 ** -np.arange(2.0, 53), 1 - 2.0 ** -np.arange(2.0, 53)]
    true = np.array([NormalDist().inv_cdf(x) for x in u])
    assert abs(quantile(u) - true).max() < 1e-4
    ordered = quantile(np.arange(1, 100_000) / 100_000)
    assert (np.diff(ordered) > 0).all()
    assert np.isfinite(quantile(np.array([0.0, 2.0**-53, 1 - 2.0**-53]))).all()


def test_normal_has_its_moments():
    z = stream(9, "test.normal").normal(PLACES)
    assert abs(z.mean()) < 4.5 / math.sqrt(N)
    assert abs((z**2).mean() - 1) < 4.5 * math.sqrt(2 / N)
    assert abs((z**3).mean()) < 4.5 * math.sqrt(15 / N)
    assert abs((z**4).mean() - 3) < 4.5 * math.sqrt(96 / N)


def test_exp_is_true_to_its_word():
    x = np.r_[np.linspace(-699, 699, 5001), 0.0, math.log(2), -math.log(2), 1e-12]
    true = np.array([math.exp(v) for v in x])
    assert (abs(exp(x) - true) / true).max() < 1e-7
    assert exp(np.array([0.0]))[0] == 1.0


# -------------------------------------------------------------------------------------- spread

MIXES = {
    "segments": (0.60, 0.25, 0.10, 0.05),
    "statuses": (0.90, 0.07, 0.03),
    "even": (0.25, 0.25, 0.25, 0.25),
    "coin": (0.5, 0.5),
    "thirds": (1.0, 1.0, 1.0),
    "rare": (0.997, 0.001, 0.002),
    "six": (0.2, 0.25, 0.2, 0.15, 0.12, 0.08),
    "eleven": (0.4, 0.06, 0.07, 0.08, 0.09, 0.09, 0.07, 0.05, 0.04, 0.03, 0.02),
    "with a zero": (0.5, 0.0, 0.3, 0.2),
    "unnormalised": (30.0, 20.0, 1.0),
    "alone": (0.0, 1.0),
}


def furthest(codes: np.ndarray, weights: tuple[float, ...], first: int = 0) -> float:
    """How many rows the worst category is off at the worst prefix that begins at rank 0."""
    share = np.array(weights) / math.fsum(weights)
    seen = np.cumsum(codes[:, None] == np.arange(len(weights)), axis=0)
    due = np.arange(first + 1, first + len(codes) + 1)[:, None] * share
    return float(abs(seen - due).max())


@pytest.mark.parametrize("name", MIXES)
def test_every_prefix_is_within_two_rows(name):
    for seed in range(6):
        codes = spread(stream(seed, "test.spread"), MIXES[name], 4000)
        assert furthest(codes, MIXES[name]) < (2 if len(MIXES[name]) <= 6 else 2.5), seed


@pytest.mark.parametrize("cuts", [(2000,), (1, 7, 7, 1000, 2999), tuple(range(100, 3000, 100))])
@pytest.mark.parametrize("name", MIXES)
def test_consecutive_shards_make_one_mix(name, cuts):
    """Shards agree on the ranks at their borders without seeing each other's rows."""
    draw, weights = stream(11, "test.cut"), MIXES[name]
    edges = [0, *cuts, 3000]
    parts = [spread(draw, weights, b - a, a) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    codes = np.concatenate(parts)
    assert furthest(codes, weights) < (2 if len(weights) <= 6 else 2.5)
    # Only the windows that lie across a border may be won by another row than in one run:
    # one at each node of the tree; two rows change places in each, and shift a few below them.
    nodes = sum(weight > 0 for weight in weights) - 1
    assert (codes != spread(draw, weights, 3000)).sum() <= 4 * nodes * len(cuts)


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any),
    st.integers(0, 2**63),
    st.integers(1, 400),
    st.integers(0, 400),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_mix_is_right_at_any_prefix_and_cut(weights, seed, length, cut):
    draw = stream(seed, "test.any")
    codes = spread(draw, weights, length)
    assert furthest(codes, tuple(weights)) < 2.0 + 1e-6
    assert not np.isin(codes, [c for c, w in enumerate(weights) if w == 0]).any()
    cut = min(cut, length)
    two = np.concatenate([spread(draw, weights, cut), spread(draw, weights, length - cut, cut)])
    assert furthest(two, tuple(weights)) < 2.0 + 1e-6


def test_far_ranks_are_no_different():
    """The ranks of a bank of sixty million customers do not wear the integers out."""
    draw, weights, far = stream(2, "test.far"), (0.6, 0.25, 0.1, 0.05), 60_000_000
    codes = spread(draw, weights, 4000, far)
    assert abs(np.bincount(codes, minlength=4) - 4000 * np.array(weights)).max() < 4


@pytest.mark.parametrize("first", [0, 1234])
def test_scores_decide_and_leave_the_mix_alone(first):
    weights = (0.8, 0.2)
    wanted = stream(4, "test.wanted").chance(np.arange(3000), 0.4)
    score = np.stack([np.zeros(3000), 2.0 * wanted], axis=1)
    draw = stream(4, "test.scores")
    codes = spread(draw, weights, 3000, first, score)
    assert abs((codes == 1).sum() - 600) <= 2
    # A window of five holds nobody wanted with probability 0.6^5 = 0.078.
    missed = (~wanted[codes == 1]).mean()
    assert abs(missed - 0.6**5) < 4.5 * math.sqrt(0.6**5 * (1 - 0.6**5) / 600)


def test_scores_of_a_shard_do_not_reach_the_next():
    draw, weights = stream(8, "test.next"), (0.7, 0.2, 0.1)
    score = np.stack([stream(8, f"test.score{n}").uniform(np.arange(900)) for n in range(3)], 1)
    one = spread(draw, weights, 300, 300, score[300:600])
    other = spread(draw, weights, 300, 300, score[300:600])
    assert np.array_equal(one, other)
    shards = [spread(draw, weights, 300, f, score[f : f + 300]) for f in (0, 300, 600)]
    assert furthest(np.concatenate(shards), weights) < 2


def test_shapes_keep_the_sums_of_their_branches():
    weights = (0.33, 0.17, 0.23, 0.17, 0.10)
    for seed in range(5):
        draw = stream(seed, "test.shape")
        codes = spread(draw, weights, 3000, shape=((0, 1), ((2, 3), 4)))
        pair = np.isin(codes, (0, 1)).astype(int)
        assert furthest(pair, (0.5, 0.5)) < 1 + 1e-9, "a branch is a node: off by less than one"
        assert furthest(codes, weights) < 2


@pytest.mark.parametrize("weights", [(), (0.0,), (0.0, 0.0)])
def test_a_mix_without_weight_is_an_error(weights):
    with pytest.raises(ValueError, match="a mix needs a positive weight"):
        spread(stream(1, "test.none"), weights, 10)


def test_the_spread_of_nothing_is_nothing():
    assert len(spread(stream(1, "test.empty"), (0.5, 0.5), 0, 17)) == 0


# ------------------------------------------------------------------------------------- fan-out


def test_children_know_their_parent_and_number():
    parent, seq = expand([2, 0, 3, 1])
    assert parent.tolist() == [0, 0, 2, 2, 2, 3]
    assert seq.tolist() == [0, 1, 0, 1, 2, 0]
    assert within([0, 0, 3]).tolist() == [0, 1, 2]
    assert [len(x) for x in expand([])] == [0, 0] == [len(x) for x in expand([0, 0])]


def test_places_of_children_never_meet():
    parent, seq = expand(np.full(300, 511))
    places = child(parent, seq)
    assert len(np.unique(places)) == len(places)
    assert child(np.array([64_000_000 * 512]), 511)[0] > 0


# ---------------------------------------------------------------------------------------- keys


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 4096, 65_537])
def test_scatter_is_a_bijection(size):
    for seed in range(8):
        places = scatter(stream(seed, "test.keys"), np.arange(size), size)
        assert np.array_equal(np.sort(places), np.arange(size)), seed


def test_scatter_of_the_largest_size_stays_inside_and_apart():
    index = np.concatenate([np.arange(5_000), 2**33 - 1 - np.arange(5_000)])
    for seed in range(5):
        got = scatter(stream(seed, "test.large"), index, 2**33)
        assert got.min() >= 0 and got.max() < 2**33 and len(np.unique(got)) == len(got)


@pytest.mark.parametrize("size", [10**9, 600_000_000, 9_000_000, 2**33])
def test_scatter_shows_nothing_of_the_order(size):
    """Indexes in steps of eight, as addresses are: all remainders occur, and no step repeats."""
    got = scatter(stream(1, "test.order"), 8 * np.arange(8_000), size)
    remainders = np.bincount(got % 8, minlength=8)
    assert np.abs(remainders - 1000).max() < 5 * math.sqrt(1000)  # five standard deviations
    steps = np.diff(got)
    assert len(np.unique(steps)) > 0.99 * len(steps)


@pytest.mark.parametrize("index, size", [([-1], 10), ([10], 10), ([0], 2**33 + 1)])
def test_scatter_refuses_what_lies_outside(index, size):
    with pytest.raises(ValueError, match=f"index outside a key space of {size}"):
        scatter(stream(1, "test.keys"), np.array(index), size)


def test_no_attempt_of_a_place_is_another_places():
    addresses = np.concatenate([address(np.arange(100), attempt) for attempt in range(ATTEMPTS)])
    assert np.array_equal(np.sort(addresses), np.arange(100 * ATTEMPTS))


def test_luhn_appends_the_check_digit():
    assert luhn(np.array([7992739871]), 10).tolist() == [79927398713]
    assert luhn(np.array([0, 1, 453201511283036]), 15).tolist() == [0, 18, 4532015112830366]


@given(st.integers(10**9, 10**10 - 1))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_luhn_numbers_sum_to_a_multiple_of_ten(number):
    digits = [int(d) for d in str(luhn(np.array([number]), 10)[0])][::-1]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[1::2]]
    assert (sum(digits[::2]) + sum(doubled)) % 10 == 0


# Values of the format: whoever changes one changes every estate ever made.
BITS = [
    "3d58afcfc400944c",
    "ac7fb0e8a8122904",
    "2d88b5bca4de605b",
    "6a25700fdd4d43b3",
    "9067bf5f7f4ea2fa",
]
TABLES = "4dcb197352e41efbfb08f2f57463ea0ab0d8e07f3e12e9754df5e9612fa45e4b"
QUANTILES = "3d4104c616bedafb"
EXPONENTIALS = "120a64de0e34b35c"


@pytest.mark.parametrize("wide", [3, 2**20, 2**40], ids=["packed", "partly", "too wide"])
@pytest.mark.parametrize("rows", [0, 1, 5000])
def test_rows_are_ordered_as_numpy_orders_them(rows: int, wide: int) -> None:
    draw = stream(42, "tests.order")
    place = np.arange(rows)
    keys = [draw.below(place, bound, lane) - 1 for lane, bound in enumerate((7, wide, wide, 5))]
    keys.insert(1, keys[0] > 3)
    keys.append(keys[2].astype("datetime64[us]"))
    assert ordered(*keys).tolist() == np.lexsort(keys[::-1]).tolist()


def test_amounts_are_folded_into_their_limits_however_far_they_lie() -> None:
    cents = np.array([0, 1, 900, 1_000, 5_000, 10**6, 10**12])
    assert folded(cents, np.full(7, 1_000), np.full(7, 5_000)).tolist() == [
        5_000, 5_000, 1_111, 1_000, 5_000, 5_000, 5_000
    ]  # fmt: skip
