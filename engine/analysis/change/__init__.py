"""Two journals become their changes, and what a gate says of them.

`changes` (the whole), `matching` (which runs are the same), `differences` (how the two were measured),
`conditions` (what the machine did to them), `drift` (what the times say of it), `gate` (what fails).
"""

from engine.analysis.change.changes import changes

__all__ = ["changes"]
