"""The command `calibrate`: how far the engine's intervals and verdicts can be trusted, where the truth is known."""

from __future__ import annotations

import argparse
import time

from engine.cli import DONE, notice
from engine.errors import EngineError


def calibrate(arguments: argparse.Namespace) -> int:
    """`fteng calibrate`: every experiment, or those that are named; the same seed prints the same tables."""
    if arguments.samples < 1:
        raise EngineError(f"--samples: expected at least 1, found {arguments.samples}")
    from engine import calibration, units
    from engine.report.calibration import calibration_text

    chosen = [name for name in calibration.EXPERIMENTS if name in (arguments.experiment or calibration.EXPERIMENTS)]
    for number, name in enumerate(chosen):
        started = time.monotonic()
        text = calibration_text(calibration.run(name, arguments.samples, arguments.seed))
        print(f"\n\n{text}" if number else text, flush=True)
        notice(f"{name}: {units.long_duration(time.monotonic() - started)}")
    return DONE
