"""Two journals become their changes, and what a gate says of them.

`changes` (the whole), `matching` (which runs are the same), `differences` (how the two were measured), `drift` (that
the machine moved), `gate` (what fails).
"""

from engine.analysis.change.changes import changes

__all__ = ["changes"]
