"""Real interpreters for the tests: found as fteng finds them, skipped by name where they are missing."""

from __future__ import annotations

import os

import pytest

from engine import interpreter
from engine.model import Interpreter

OLDEST_TO_NEWEST = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t")


def find(spec: str) -> Interpreter:
    """The interpreter, or a skip that names it; with FTENG_REQUIRE_FREE_THREADED set, 3.13t must be there."""
    found, missing = interpreter.find((spec,))
    if found:
        return found[0]
    reason = f"no CPython {spec} here; to have it: {missing[0].hint}"
    if spec == "3.13t" and os.environ.get("FTENG_REQUIRE_FREE_THREADED"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", params=OLDEST_TO_NEWEST)
def python(request: pytest.FixtureRequest) -> Interpreter:
    """Every version that fteng supports, one after the other."""
    return find(request.param)


@pytest.fixture(scope="session", params=["3.13", "3.13t"])
def either(request: pytest.FixtureRequest) -> Interpreter:
    """A default and a free-threaded build of one version."""
    return find(request.param)


@pytest.fixture(scope="session")
def free_threaded() -> Interpreter:
    """A free-threaded build."""
    return find("3.13t")


@pytest.fixture(scope="session")
def default_build() -> Interpreter:
    """A build with the GIL."""
    return find("3.13")
