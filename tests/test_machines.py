"""Made-up machines, true to life: what fteng doctor says of each, and where threads are placed on it.

tests/data/machines/<name>/machine.txt describes a /proc and a /sys: `== path` begins a file, `{0-31}` in a path makes
one for each number, and `[[...]]` in its content, or between lines `%% 0-31` and `%%`, is worked out with that number
as `n`. A path below `before/` is what the file held a second ago. doctor.txt beside it is the text that is expected;
`python tests/test_machines.py` writes it again, to be read and compared.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import host
from engine.host.order import GRAVITY, PLAIN
from engine.model import Finding
from engine.report.doctor import doctor_text
from engine.topology import Topology, kinds, place, read

FOLDER = Path(__file__).parent / "data" / "machines"
NAMES = ("laptop", "vm", "container", "server")


@dataclass(frozen=True)
class Machine:
    """One of them, laid out in a temporary folder."""

    root: Path
    before: Path

    @property
    def topology(self) -> Topology:
        return read(self.root)

    def findings(self) -> dict[str, Finding]:
        found = host.examine(self.topology, self.root, since=host.snapshot(self.before))
        assert len({one.name for one in found}) == len(found), "each finding stands once"
        return {one.name: one for one in host.by_gravity(found)}

    def text(self) -> str:
        told = doctor_text("0.0.0", tuple(self.findings().values()))
        return re.sub(r"(?m)^(  engine's Python +)CPython .*$", r"\1CPython", told)


def lay_out(name: str, folder: Path) -> Machine:
    """Write the files of a machine below `folder`."""
    now, before = folder / "now", folder / "before"
    early: list[tuple[str, str]] = []
    for path, content in described((FOLDER / name / "machine.txt").read_text()):
        if path.startswith("before/"):
            early.append((path.removeprefix("before/"), content))
        else:
            write(now / path, path, content)
    shutil.copytree(now, before)
    for path, content in early:
        write(before / path, path, content)
    return Machine(now, before)


def write(place: Path, path: str, content: str) -> None:
    if path.endswith("/"):
        place.mkdir(parents=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)


def described(text: str) -> Iterator[tuple[str, str]]:
    for section in re.split(r"(?m)^== ", text)[1:]:
        path, _, content = section.partition("\n")
        content = re.sub(r"(?ms)^%% (\d+)-(\d+)\n(.*?)^%%\n", repeated, content)
        numbers = re.search(r"\{(\d+)-(\d+)\}", path)
        if not numbers:
            yield path, content
        for n in range(int(numbers[1]), int(numbers[2]) + 1) if numbers else ():
            yield path.replace(numbers[0], str(n)), worked_out(content, n)


def repeated(block: re.Match[str]) -> str:
    return "".join(worked_out(block[3], n) for n in range(int(block[1]), int(block[2]) + 1))


def worked_out(content: str, n: int) -> str:
    return re.sub(r"\[\[(.+?)\]\]", lambda found: str(eval(found[1], {"n": n})), content)


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Machine]:
    return {name: lay_out(name, tmp_path_factory.mktemp(name)) for name in NAMES}


def test_the_doctor_says_of_each_what_is_expected(name: str, machines: dict[str, Machine]) -> None:
    assert machines[name].text() == (FOLDER / name / "doctor.txt").read_text()


def test_every_finding_has_its_place_in_the_order(name: str, machines: dict[str, Machine]) -> None:
    assert set(machines[name].findings()) <= {*GRAVITY, *PLAIN}


def test_what_is_serious_says_its_effect_and_what_to_do(name: str, machines: dict[str, Machine]) -> None:
    for one in machines[name].findings().values():
        if one.seriousness == "fine":
            assert (one.effect, one.remedy, one.advice, one.touches) == ("", "", "", ()), one
        else:
            assert one.effect.endswith("."), one
            assert one.remedy or one.advice or one.name == "cpuset", one


def disturbing(machine: Machine) -> list[str]:
    return [name for name, one in machine.findings().items() if one.seriousness == "disturbs"]


def test_what_disturbs_each(machines: dict[str, Machine]) -> None:
    assert {name: disturbing(machine) for name, machine in machines.items()} == {
        "laptop": [
            *("other programs", "heat throttling", "temperature", "power", "governor", "kinds of CPU", "turbo"),
            "power profile",
        ],
        "vm": ["steal"],
        "container": ["cgroup quota", "cgroup throttling", "SMT siblings"],
        "server": ["turbo", "NUMA balancing"],
    }


def test_the_header_of_a_run_warns_of_what_disturbs_without_waiting(machines: dict[str, Machine]) -> None:
    described = host.describe(machines["server"].topology, machines["server"].root)
    turbo, balancing = described.warnings
    assert turbo == (
        "turbo: on: one busy core clocks higher than many, and a cool one higher than a warm one: speedups come out "
        "too low; `echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo` changes it"
    )
    assert balancing.startswith("NUMA balancing: on: the kernel unmaps")
    facts = dict(described.facts)
    assert facts["isolated CPUs"] == "CPUs 24-31,88-95, without ticks; fteng may not use them"
    assert "temperature" not in facts


def test_threads_on_the_laptop_take_its_fast_cores_first(machines: dict[str, Machine]) -> None:
    topology = machines["laptop"].topology
    fast, slow = list(range(0, 16, 2)), list(range(16, 32))
    assert place("spread", 32, topology) == tuple((cpu,) for cpu in (*fast, *slow, *range(1, 16, 2)))
    assert place("cores", 24, topology) == (*((cpu, cpu + 1) for cpu in fast), *((cpu,) for cpu in slow))
    assert place("compact", 17, topology) == tuple((cpu,) for cpu in range(17))
    assert kinds(topology) == (tuple(range(16)), tuple(range(16, 32)))


def test_threads_in_the_container_stay_in_its_cpuset(machines: dict[str, Machine]) -> None:
    topology = machines["container"].topology
    assert topology.ids == (4, 5, 6, 7)
    assert topology.online == 16
    assert place("spread", 5, topology) == ((4,), (5,), (6,), (7,), (4,))


def test_threads_on_the_virtual_machine_take_turns(machines: dict[str, Machine]) -> None:
    assert place("cores", 3, machines["vm"].topology) == ((0,), (1,), (0,))
    assert kinds(machines["vm"].topology) == ((0, 1),)


def test_threads_on_the_server_alternate_between_its_sockets(machines: dict[str, Machine]) -> None:
    topology = machines["server"].topology
    assert place("spread", 6, topology) == ((0,), (32,), (1,), (33,), (2,), (34,))
    assert place("compact", 4, topology) == ((0,), (64,), (1,), (65,))
    assert place("cores", 2, topology) == ((0, 64), (32, 96))
    assert len(topology.cores) == 56
    assert not set(topology.ids) & {*range(24, 32), *range(88, 96)}


def test_a_doctor_that_may_read_nothing_still_answers(tmp_path: Path) -> None:
    topology = read(tmp_path)
    told = host.examine(topology, tmp_path, since=host.snapshot(tmp_path))
    assert "Facts" in doctor_text("0", host.by_gravity(told))


NONSENSE = {
    "empty": b"",
    "words": b"nonsense\n",
    "dashes": b"- - - -",
    "control": b"\xff\xfe\0\x1b[31m",
    "long": b"9" * 5000,
    "wide": b"0-999999999999",
    "negative": b"-1 -1",
    "nought": b"0",
    "colons": b"a\n:\n",
}


@pytest.fixture(scope="module", params=["laptop", "container"])
def spoiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine whose files a test may overwrite; those of some CPUs stay as they were."""
    return lay_out(request.param, tmp_path_factory.mktemp("spoiled"))


@pytest.mark.parametrize("content", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_all_files_is_no_crash(content: bytes, spoiled: Machine) -> None:
    for path in (path for root in (spoiled.root, spoiled.before) for path in root.rglob("*")):
        if path.is_file() and "cpu1" not in str(path):
            path.write_bytes(content)
    assert "\x1b" not in spoiled.text()


def test_folders_where_files_are_expected_cost_only_facts(tmp_path: Path) -> None:
    machine = lay_out("vm", tmp_path)
    for path in list(machine.root.rglob("*")):
        if path.is_file():
            path.unlink()
            path.mkdir()
    assert machine.text().endswith(".\n")


if __name__ == "__main__":
    for chosen in sys.argv[1:] or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            (FOLDER / chosen / "doctor.txt").write_text(lay_out(chosen, Path(folder)).text())
