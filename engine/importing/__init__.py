"""A file of another harness -> what a journal of ours would hold of it; writes no file, judges no number.

`pyperf` (a file, checked, as plain numbers), `identity` (which interpreter and which run a benchmark is), `made` (plan
and records).
"""

from engine.importing.made import AXIS, SCENARIO, Imported, imported
from engine.importing.pyperf import read

__all__ = ["AXIS", "SCENARIO", "Imported", "imported", "read"]
