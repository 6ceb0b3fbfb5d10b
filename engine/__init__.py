"""fteng, the free-threading engine: declarative benchmarks of Python without the GIL (PEP 703)."""

__version__ = "0.1.0"
