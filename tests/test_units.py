"""Numbers to text."""

import math

import pytest

from engine import units

NAN = float("nan")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (3.2e-8, "32.0 ns"),
        (1.234e-9, "1.23 ns"),
        (4e-11, "0.0400 ns"),
        (9.994e-7, "999 ns"),
        (9.996e-7, "1.00 µs"),
        (1.5e-5, "15.0 µs"),
        (0.0208, "20.8 ms"),
        (2.0, "2.00 s"),
        (1234.5, "1234 s"),
        (-1.5e-3, "-1.50 ms"),
        (NAN, "?"),
        (math.inf, "inf s"),
    ],
)
def test_a_duration_has_three_significant_digits_and_the_fitting_unit(seconds, text):
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (8.4, "8 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (90000, "1 d 1 h"),
        (-3, "0 s"),
        (NAN, "?"),
        (math.inf, "?"),
    ],
)
def test_a_waiting_time_is_said_in_its_two_largest_units(seconds, text):
    assert units.long_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (512, "512 B"), (1536, "1.50 KiB"), (4 * 2**20, "4.00 MiB"), (NAN, "?")]
)
def test_sizes_are_binary_multiples(count, text):
    assert units.size(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.931, "x1.93"),
        (0.3125, "x0.312"),
        (1.0, "x1.00"),
        (123.4, "x123"),
        (2.0, "x2.00"),
        (0.0, "x0"),
        (1e-9, "x1.00e-09"),
        (NAN, "?"),
    ],
)
def test_a_ratio_is_a_factor(value, text):
    assert units.ratio(value) == text


@pytest.mark.parametrize(
    ("fraction", "text"), [(0.95, "95 %"), (0.025, "2.5 %"), (1.0, "100 %"), (0.0, "0 %"), (NAN, "?")]
)
def test_a_share_is_a_percentage_without_idle_zeros(fraction, text):
    assert units.percent(fraction) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (12345, "12,345 runs")])
def test_a_count_takes_its_noun_along(number, text):
    assert units.count(number, "run") == text


def test_a_count_without_a_noun_is_a_number_and_an_irregular_plural_can_be_given():
    assert units.count(7) == "7"
    assert units.count(2, "verdict of many", "verdicts of many") == "2 verdicts of many"


@pytest.mark.parametrize(
    ("bounds", "unit", "text"),
    [
        ((1.90, 1.93, 1.96), "", "[1.90 1.93 1.96]"),
        ((1.21e-8, 1.23e-8, 1.25e-8), "s", "[12.1 12.3 12.5] ns"),
        ((9.5e-7, 1.02e-6, 1.1e-6), "s", "[0.95 1.02 1.10] µs"),
        ((NAN, 1.93, NAN), "", "[? 1.93 ?]"),
        ((NAN, NAN, NAN), "", "?"),
        ((2e6, 3e6, 4e6), "1/s", "[2.00 3.00 4.00] M/s"),
        ((1.92951, 1.93, 1.93049), "", "[1.9295 1.9300 1.9305]"),
        ((2.0, 2.0, 2.0), "", "[2.00 2.00 2.00]"),
        ((0.0, 0.0, 0.0), "", "[0 0 0]"),
        ((1.0, 2.0, 3.0), "lines", "[1.00 2.00 3.00] lines"),
    ],
)
def test_an_interval_has_one_unit_and_shows_its_width(bounds, unit, text):
    assert units.interval(*bounds, unit) == text


def test_a_column_takes_the_unit_of_its_smallest_number():
    chosen = units.one_scale([3.2e-8, 4.567e-6], "s")
    assert (chosen.symbol, chosen.text(3.2e-8), chosen.text(4.567e-6)) == ("ns", "32.0", "4567.0")


def test_a_column_of_numbers_too_far_apart_has_no_one_unit():
    assert units.one_scale([1e-9, 1.0], "s") is None


def test_a_column_without_a_number_still_has_a_scale():
    assert units.one_scale([NAN, 0.0], "s").text(0.0) == "0"


def test_a_number_in_an_unknown_unit_keeps_it():
    assert units.quantity(3.0, "lines") == "3.00 lines"
    assert units.quantity(12.0) == "12"
    assert units.quantity(1e9) == "1.00e+09"


@pytest.mark.parametrize("mantissa", [1.0, 1.004999, 1.005, 4.567, 9.994999, 9.995, 9.9999999, -1.0, -9.999])
def test_every_size_of_number_is_shown_within_half_a_percent(mantissa):
    for exponent in range(-300, 300):
        value = mantissa * 10.0**exponent
        number, symbol = units.duration(value).split()
        divisor = {name: size for size, name in units.LADDERS["s"]}[symbol]
        assert float(number) * divisor == pytest.approx(value, rel=0.0051)
