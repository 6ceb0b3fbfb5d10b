"""Results -> a site of static pages: an index, a page for each scenario with its histories, every report.

`found` (which folders), `entry` (what is kept of a result), `histories` (of each run), `pages` (what stands where),
`index` (index.json, also what tells the next time what need not be made again), `site` (the folder), `build` (all).
"""

from engine.dashboard.build import Built, build

__all__ = ["Built", "build"]
