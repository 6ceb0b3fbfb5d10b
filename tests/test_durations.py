"""Durations as they are written."""

from __future__ import annotations

import pytest

from engine import durations


@pytest.mark.parametrize(
    ("text", "seconds"), [("20ms", 0.02), ("1.5 s", 1.5), ("500us", 5e-4), ("5m", 300), ("1h", 3600), (0.25, 0.25)]
)
def test_a_duration_in_seconds(text: str | float, seconds: float) -> None:
    assert durations.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "ms", "5 minutes", "5ms 3us"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        durations.seconds(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.5ms", "500us"),
        ("500 us", "500us"),
        ("5000us", "5ms"),
        ("0.005s", "5ms"),
        ("1000ms", "1s"),
        ("1.5m", "90s"),
        ("300000h", "1080000000s"),
        ("0.0000000005s", "0.0005us"),
    ],
)
def test_equal_durations_are_written_alike(text: str, written: str) -> None:
    assert durations.written(text) == written
    assert durations.seconds(written) == pytest.approx(durations.seconds(text))
