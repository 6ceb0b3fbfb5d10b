"""`fteng doctor`: what makes this machine noisy and what to do about it. Measures one second, changes nothing."""

from __future__ import annotations

import argparse
import time

from engine import __version__, host, interpreter, topology
from engine.cli import DONE, GATE, put
from engine.interpreter.findings import findings as of_interpreters
from engine.report.doctor import doctor_json, doctor_text

SECOND = 1.0
"""How long it looks at who uses the CPUs: a tick of the kernel's counters is then one percent of a CPU."""


def doctor(arguments: argparse.Namespace) -> int:
    """Print the findings, the gravest first. With --strict, exit with 1 if one of them disturbs."""
    before = host.snapshot()
    time.sleep(SECOND)
    found = host.examine(topology.read(), since=before)
    findings = host.by_gravity([*found, *of_interpreters(interpreter.every())])
    show = doctor_json if arguments.format == "json" else doctor_text
    put(show(__version__, findings), None)
    return GATE if arguments.strict and any(one.seriousness == "disturbs" for one in findings) else DONE
