"""Says where the shipped kernels, scenarios and schema are, in a checkout or an installed wheel; reads none of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def home() -> Path:
    """The folder that holds kernels/, scenarios/ and schema.json."""
    package = Path(__file__).resolve().parent
    shipped = package / "_shipped"
    return shipped if shipped.is_dir() else package.parent


def kernels() -> Path:
    """The folder of the shipped kernels."""
    return home() / "kernels"


def scenarios() -> Path:
    """The folder of the shipped scenarios."""
    return home() / "scenarios"


def schema() -> Path:
    """The JSON Schema of a scenario file."""
    return home() / "schema.json"


def child(name: str) -> Path:
    """A program that a child interpreter runs: `worker`, `probe` or `clock`."""
    return Path(__file__).resolve().parent / "child" / f"{name}.py"


def worker() -> Path:
    """The one that times kernels."""
    return child("worker")


def cache_folder() -> Path:
    """The folder of what fteng can find out, or make, again."""
    import platformdirs  # noqa: PLC0415 - most commands do without

    return Path(platformdirs.user_cache_dir("fteng"))
