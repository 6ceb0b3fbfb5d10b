"""A coverage-guided fuzz run: `python tests/fuzz/run.py scenario -runs=200000` (needs the extra `fuzz`; `make fuzz`).

Bytes -> document -> schema -> scenario -> plan, bytes -> kernel, or bytes -> journal. An input is a finding where
anything but an EngineError is raised, where a problem has no place, or where it takes too long or too much memory. What
libFuzzer writes goes to the folder $FTENG_FUZZ (default: build/fuzz).
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import sys
import time
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
with atheris.instrument_imports(include=["engine", "yaml"]):
    from engine import journal, kernel, plan, scenario  # noqa: F401

from tests.fuzz import oracle, vocabulary  # noqa: E402

DATA = ROOT / "tests" / "data"
SEEDS = {
    "scenario": [*ROOT.glob("scenarios/**/*.yaml"), *DATA.glob("valid/*.yaml"), *DATA.glob("invalid/*.yaml")],
    "kernel": [*ROOT.glob("kernels/*.py"), *DATA.glob("kernels/*.py")],
    "journal": [*DATA.glob("journal/*.jsonl")],
}
LONGEST_SEED = {"scenario": 3072, "kernel": 3072, "journal": 32768}

CASES = {"scenario": "case.yaml", "kernel": "case.py", "journal": "journal.jsonl"}

SLOWEST = 5.0
"""Seconds of processor time that an input may take; libFuzzer limits what the clock says, which others prolong."""

LIMITS = (
    "-timeout=60",
    "-report_slow_units=60",
    "-rss_limit_mb=1024",
    "-max_len=4096",
    "-len_control=20",
    "-print_final_stats=1",
)


def main(target: str, options: list[str]) -> None:
    """Fuzz one target; libFuzzer ends the process."""
    folder = Path(os.environ.get("FTENG_FUZZ", ROOT / "build" / "fuzz")) / target
    corpus, crashes, home = folder / "corpus", folder / "findings", folder / "home"
    for one in (corpus, crashes, home / "cases"):
        one.mkdir(parents=True, exist_ok=True)
    shutil.copytree(DATA / "kernels", home / "kernels", dirs_exist_ok=True)
    for seed in SEEDS[target]:
        if len(raw := seed.read_bytes()) <= LONGEST_SEED[target]:
            (corpus / hashlib.sha256(raw).hexdigest()[:16]).write_bytes(raw)
    (folder / "dictionary").write_text(vocabulary.dictionary(target), encoding="utf-8")
    case = home / "cases" / CASES[target]
    growth = _Growth()

    def one_scenario(raw: bytes) -> None:
        case.write_bytes(raw)
        found = oracle.loaded(case)
        if not isinstance(found, tuple):
            oracle.planned(found)
        growth.look(valid=not isinstance(found, tuple))

    def one_kernel(raw: bytes) -> None:
        case.write_bytes(raw)
        growth.look(valid=not isinstance(oracle.kernel_loaded(case), tuple))

    def one_journal(raw: bytes) -> None:
        case.write_bytes(raw)
        growth.look(valid=oracle.journal_read(case))

    called = {"scenario": one_scenario, "kernel": one_kernel, "journal": one_journal}[target]
    arguments = [sys.argv[0], *LIMITS, f"-dict={folder / 'dictionary'}", f"-artifact_prefix={crashes}/"]
    atheris.Setup([*arguments, *options, str(corpus)], called)
    atheris.Fuzz()


class _Growth:
    """Prints the resident memory and the speed every so many inputs."""

    EVERY = 10_000

    def __init__(self) -> None:
        self.inputs = self.valid = 0
        self.began = time.monotonic()
        self.used, self.slowest = time.process_time(), 0.0

    def look(self, *, valid: bool) -> None:
        self.inputs += 1
        self.valid += valid
        used = time.process_time()
        took, self.used = used - self.used, used
        self.slowest = max(self.slowest, took)
        assert took < SLOWEST, f"took {took:.1f} s"
        if self.inputs % self.EVERY == 0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            now, peak = pages * resource.getpagesize() >> 20, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            speed = self.inputs / (time.monotonic() - self.began)
            print(
                f"inputs {self.inputs} valid {self.valid} rss {now} MB peak {peak} MB {speed:.0f}/s "
                f"slowest {self.slowest:.2f} s",
                file=sys.stderr,
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
