"""Arrays become estimates, ratios and directions; knows no files, runs or seconds.

`sample` (what is accepted), `location` (one value of several iterations), `ranks` (exact distributions), `estimate` (a
value with its interval), `ratio` (two series), `shift` (of independent series), `summary` (many ratios),
`comparison` (p, effect size, what they mean, many at once), `sessions` (what lies between two of them), `power` (what
can be shown), `fairness` (one number for many rates), `warmup` (from when on iterations are steady), `scaling` (laws
of throughput over threads, by `usl`), `variance` (between and within invocations), `repetitions` (how many iterations
are worth their time), `levels` (of a series over sessions).
"""

from engine.stats.comparison import MARGIN, Compared, compared, direction, holm
from engine.stats.estimate import center_p, interval, positive_interval, relative_half_width, unknown
from engine.stats.fairness import jain
from engine.stats.levels import steps
from engine.stats.location import LOCATION, LOCATION_NAME, lower_quartile, median, minimum
from engine.stats.ratio import paired_ratio, unpaired_ratio
from engine.stats.repetitions import MOST, Costs, best_for_all, best_iterations, width_change
from engine.stats.scaling import karp_flatt, scaling_fits
from engine.stats.sessions import allowed, allowed_ratio, sessions_apart
from engine.stats.summary import Member, equal_weights, error_shares, geometric_mean, quantiles
from engine.stats.variance import Components, components
from engine.stats.warmup import Settling, batches, settling

__all__ = [
    "LOCATION",
    "LOCATION_NAME",
    "MARGIN",
    "MOST",
    "Compared",
    "Components",
    "Costs",
    "Member",
    "Settling",
    "allowed",
    "allowed_ratio",
    "batches",
    "best_for_all",
    "best_iterations",
    "center_p",
    "compared",
    "components",
    "direction",
    "equal_weights",
    "error_shares",
    "geometric_mean",
    "holm",
    "interval",
    "jain",
    "karp_flatt",
    "lower_quartile",
    "median",
    "minimum",
    "paired_ratio",
    "positive_interval",
    "quantiles",
    "relative_half_width",
    "scaling_fits",
    "sessions_apart",
    "settling",
    "steps",
    "unknown",
    "unpaired_ratio",
    "width_change",
]
