"""python -m engine.manual NAME."""

from __future__ import annotations

import sys

from engine.manual import PAGES

if len(sys.argv) == 2 and sys.argv[1] in PAGES:
    sys.stdout.write(PAGES[sys.argv[1]]())
else:
    sys.exit(f"usage: python -m engine.manual {'|'.join(PAGES)}")
