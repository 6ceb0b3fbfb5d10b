"""Arrays become estimates, ratios and directions; knows no files, runs or seconds.

`sample` (what is accepted), `location` (one value of several iterations), `estimate` (a value with its interval),
`ratio` (two series), `equivalence` (what an interval says), `fairness` (one number for many rates).
"""

from engine.stats.equivalence import MARGIN, direction
from engine.stats.estimate import interval, positive_interval, relative_half_width, unknown
from engine.stats.fairness import jain
from engine.stats.location import LOCATION, LOCATION_NAME, lower_quartile, median, minimum
from engine.stats.ratio import paired_ratio, unpaired_ratio

__all__ = [
    "LOCATION",
    "LOCATION_NAME",
    "MARGIN",
    "direction",
    "interval",
    "jain",
    "lower_quartile",
    "median",
    "minimum",
    "paired_ratio",
    "positive_interval",
    "relative_half_width",
    "unknown",
    "unpaired_ratio",
]
