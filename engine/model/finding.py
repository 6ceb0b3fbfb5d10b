"""What was found of a machine, what it does to a measurement, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Seriousness = Literal["disturbs", "note", "fine"]
Numbers = Literal["times", "speedups", "scatter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found, from "nothing to say of it" to "measure after you have changed it"."""

    name: str
    """What was looked at: "governor". Each stands once among the findings of a machine."""
    value: str
    """What was found: "powersave"."""
    seriousness: Seriousness = "fine"
    """`disturbs`: numbers are wrong or scatter more than they must; `note`: to be known when reading them."""
    effect: str = ""
    """What it does to a measurement, in one sentence; "" if nothing."""
    touches: tuple[Numbers, ...] = ()
    """Which numbers: how long something takes, what threads gain, how far invocations lie apart."""
    remedy: str = ""
    """The command that changes it, to be copied as it is; "" where no command does. fteng runs none of them."""
    advice: str = ""
    """What helps beside the command or in its place, in words."""
