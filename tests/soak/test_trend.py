"""A leak is told from noise, and noise is no leak."""

import random

import pytest

from tests.soak.trend import Trend, growth_of_floor, trend_of

HOUR_S = 3_600.0
LOOK_S = 5.0


def samples(slope_per_h: float, *, spread: float, seed: int = 1) -> list[tuple[float, float]]:
    """Forty minutes of a figure that wavers slowly around a line."""
    chance = random.Random(seed)
    wave, found = 0.0, list[tuple[float, float]]()
    for number in range(480):
        wave = 0.9 * wave + chance.gauss(0, spread)
        moment = number * LOOK_S
        found.append((moment, 150 + slope_per_h * moment / HOUR_S + wave))
    return found


def grows(trend: Trend) -> bool:
    return trend.slope_per_h > trend.noise_per_h


def test_the_slope_of_a_line_is_found() -> None:
    trend = trend_of(samples(12, spread=0))
    assert trend.slope_per_h == pytest.approx(12)
    assert grows(trend)


@pytest.mark.parametrize("seed", range(20))
def test_a_leak_is_seen_through_noise(seed: int) -> None:
    assert grows(trend_of(samples(20, spread=0.5, seed=seed)))


def test_noise_alone_is_seldom_a_leak() -> None:
    told = [grows(trend_of(samples(0, spread=0.5, seed=seed))) for seed in range(200)]
    assert sum(told) < 20


def test_what_shrinks_does_not_grow() -> None:
    assert not grows(trend_of(samples(-20, spread=0.1)))


def test_noise_is_wider_where_the_figure_wavers_more() -> None:
    calm, wild = (trend_of(samples(0, spread=spread)) for spread in (0.1, 2))
    assert wild.noise_per_h > 5 * calm.noise_per_h


def test_too_few_samples_are_no_proof() -> None:
    with pytest.raises(ValueError, match="too few"):
        trend_of([(0, 1), (5, 1)])
    with pytest.raises(ValueError, match="too few"):
        growth_of_floor([(0, 1), (5, 1)])


def test_what_comes_and_goes_leaves_the_floor_where_it_is() -> None:
    handles = [(number, 30 + 20 * (number % 7 == 3)) for number in range(90)]
    assert growth_of_floor(handles) == 0


def test_a_moment_with_next_to_nothing_is_no_floor() -> None:
    handles = [(number, 8 if number in {11, 12} else 30) for number in range(90)]
    assert growth_of_floor(handles) == 0


def test_what_is_never_given_back_lifts_the_floor() -> None:
    handles = [(number, 30 + number // 3 + 20 * (number % 7 == 3)) for number in range(90)]
    assert growth_of_floor(handles) == 20
