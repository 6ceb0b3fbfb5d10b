"""A result -> the same without the paths of the machine it was measured on; changes no number and judges none.

`names` (which words take the place of which paths), `header` (the first line of the journal), `leftovers` (what of this
machine stands in the copy all the same).
"""

from engine.publish.header import cleaned
from engine.publish.leftovers import leftovers
from engine.publish.names import Names

__all__ = ["Names", "cleaned", "leftovers"]
