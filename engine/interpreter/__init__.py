"""A spec ("3.13t", a path) -> the facts of an interpreter, asked of itself; installs one that is missing.

`wanted` reads specs, `facts` asks one candidate, `search` looks for candidates, `builds` compares how they were built,
`installer` chooses a way to make one, `debian` and `build` go it. Knows nothing of scenarios.
"""

from engine.interpreter.builds import build_warnings
from engine.interpreter.installer import install
from engine.interpreter.search import every, find, own_folder

__all__ = ["build_warnings", "every", "find", "install", "own_folder"]
