"""python -m engine.manual NAME, or findings [RESULT]."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.errors import EngineError
from engine.manual import OTHERS, PAGES

README = Path("README.md")


def write_findings(result: str | None) -> None:
    """Write README.md of the current folder with the findings of a result, or of the one that it names."""
    from engine.manual import findings  # noqa: PLC0415 - scipy takes a second

    try:
        readme = README.read_text(encoding="utf-8")
        place = Path(result) if result else findings.source(readme)
        if place:
            README.write_text(findings.written(readme, place), encoding="utf-8")
    except (EngineError, OSError) as error:
        sys.exit(f"findings: {error}")


known = {**PAGES, **OTHERS}
if len(sys.argv) == 2 and sys.argv[1] in known:
    sys.stdout.write(known[sys.argv[1]]())
elif sys.argv[1:2] == ["findings"] and len(sys.argv) <= 3:
    write_findings(sys.argv[2] if len(sys.argv) == 3 else None)
else:
    sys.exit(f"usage: python -m engine.manual {'|'.join(known)}, or findings [RESULT]")
