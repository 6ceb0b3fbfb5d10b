"""Interpreters measured beside themselves become what a machine can show: `twins` (compared), `check` (all of it)."""

from engine.analysis.selfcheck.check import selfcheck

__all__ = ["selfcheck"]
