"""Arrays become estimates, ratios and directions; knows no files, runs or seconds.

`sample` (what is accepted), `location` (one value of several iterations), `ranks` (exact distributions), `estimate` (a
value with its interval), `ratio` (two series), `comparison` (p, effect size, what they mean, many at once), `fairness`
(one number for many rates), `warmup` (from when on iterations are steady), `scaling` (laws of throughput over
threads, by `usl`).
"""

from engine.stats.comparison import MARGIN, Compared, compared, direction, holm
from engine.stats.estimate import center_p, interval, positive_interval, relative_half_width, unknown
from engine.stats.fairness import jain
from engine.stats.location import LOCATION, LOCATION_NAME, lower_quartile, median, minimum
from engine.stats.ratio import paired_ratio, unpaired_ratio
from engine.stats.scaling import karp_flatt, scaling_fits
from engine.stats.warmup import Settling, batches, settling

__all__ = [
    "LOCATION",
    "LOCATION_NAME",
    "MARGIN",
    "Compared",
    "Settling",
    "batches",
    "center_p",
    "compared",
    "direction",
    "holm",
    "interval",
    "jain",
    "karp_flatt",
    "lower_quartile",
    "median",
    "minimum",
    "paired_ratio",
    "positive_interval",
    "relative_half_width",
    "scaling_fits",
    "settling",
    "unknown",
    "unpaired_ratio",
]
