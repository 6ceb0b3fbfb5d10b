"""What the CPUs are fed with and how hot they are: battery, power profile, temperature, slowed down by heat.

Sources: Documentation/ABI/testing/sysfs-class-power and sysfs-platform_profile;
Documentation/driver-api/thermal/sysfs-api.rst; Documentation/hwmon/sysfs-interface.rst;
Documentation/admin-guide/thermal/intel_thermal_throttle.rst. Temperatures are in thousandths of a degree Celsius.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine import units
from engine.host.sample import HEAT, heat_counts
from engine.host.seen import Seen
from engine.host.tree import Tree
from engine.model import Finding

NEAR = 10_000
"""So near its limit a CPU is slowed down soon: an iteration warms it by several degrees."""
HWMON = {"coretemp", "k10temp", "zenpower", "cpu_thermal"}
"""Drivers that tell the temperature of a CPU."""
ZONE = re.compile(r"x86_pkg_temp|TCPU|acpitz|(cpu|soc).*", re.IGNORECASE)
SENSIBLE = range(1_000, 150_000)
"""Anything else is a sensor that is not there, or a trip point that is not set."""
SAVING = {"low-power", "quiet", "cool"}
BETTER = ("performance", "balanced-performance", "balanced")


def findings(seen: Seen) -> Iterator[Finding]:
    """Battery or mains, the firmware's profile, how near to too hot, and whether that has slowed it down."""
    yield from _battery(seen.tree)
    yield from _profile(seen.tree)
    yield from _temperature(seen.tree)
    yield from _throttling(seen)


def _battery(tree: Tree) -> Iterator[Finding]:
    supplies = [path.parent for path in tree.texts("sys/class/power_supply/*/type")]
    # A mouse or a headset has a battery too: `scope` tells it from the machine's.
    kinds = {path: tree.text(path / "type") for path in supplies if tree.text(path / "scope") != "Device"}
    if not kinds:
        return
    mains = any(kind in {"Mains", "USB"} and tree.text(path / "online") == "1" for path, kind in kinds.items())
    empties = any(kind == "Battery" and tree.text(path / "status") == "Discharging" for path, kind in kinds.items())
    battery = empties and not mains
    yield Finding(
        name="power",
        value="battery" if battery else "mains",
        seriousness="disturbs" if battery else "fine",
        effect="The CPU saves power: firmware and kernel slow it down at will, the more the emptier the battery."
        if battery
        else "",
        touches=("times", "speedups", "scatter") if battery else (),
        advice="Plug it in." if battery else "",
    )


def _profile(tree: Tree) -> Iterator[Finding]:
    profile = tree.text("sys/firmware/acpi/platform_profile")
    choices = tree.text("sys/firmware/acpi/platform_profile_choices").split()
    better = next((choice for choice in BETTER if choice in choices), "")
    saving = profile in SAVING
    command = f"echo {better} | sudo tee /sys/firmware/acpi/platform_profile"
    yield Finding(
        name="power profile",
        value=profile,
        seriousness="disturbs" if saving else "fine",
        effect="The firmware caps the CPU's power, so the clock falls as soon as several cores work." if saving else "",
        touches=("times", "speedups") if saving else (),
        remedy=command if saving and better else "",
        advice="Choose another profile in the firmware's or the desktop's settings." if saving and not better else "",
    )


def _temperature(tree: Tree) -> Iterator[Finding]:
    """The sensor that is nearest to its limit, or the hottest where none tells a limit."""
    sensors = [*_zones(tree), *_hwmon(tree)]
    if not sensors:
        return
    limited = [(limit - now, now, limit) for now, limit in sensors if limit is not None]
    margin, now, limit = min(limited) if limited else (NEAR + 1, max(now for now, _ in sensors), None)
    near = margin <= NEAR
    yield Finding(
        name="temperature",
        value=f"{now / 1000:.0f} °C" + (f", slowed down at {limit / 1000:.0f} °C" if limit else ""),
        seriousness="disturbs" if near else "fine",
        effect="The CPU is about to be slowed down by its own heat: the longer a measurement runs, the slower it gets."
        if near
        else "",
        touches=("times", "speedups", "scatter") if near else (),
        advice="Let it cool down, look after its fans, or switch turbo off." if near else "",
    )


def _zones(tree: Tree) -> Iterator[tuple[int, int | None]]:
    """Thermal zones of the CPU: temperature, and the lowest of its trip points that slow down or switch off."""
    for path, kind in tree.texts("sys/class/thermal/thermal_zone*/type").items():
        now = _sensible(tree.number(path.parent / "temp"))
        if now is None or not ZONE.fullmatch(kind):
            continue
        trips = [
            limit
            for trip, what in tree.texts(f"{path.parent}/trip_point_*_type").items()
            if what in {"hot", "critical"}
            and (limit := _sensible(tree.number(trip.with_name(trip.name.replace("_type", "_temp")))))
        ]
        yield now, min(trips, default=None)


def _hwmon(tree: Tree) -> Iterator[tuple[int, int | None]]:
    """Sensors of the CPU's own driver, whose `crit` is where it slows itself down."""
    for path, driver in tree.texts("sys/class/hwmon/hwmon*/name").items():
        for sensor in tree.glob(f"{path.parent}/temp*_input") if driver in HWMON else ():
            now, limit = (_sensible(tree.number(str(sensor).replace("_input", end))) for end in ("_input", "_crit"))
            if now is not None:
                yield now, limit


def _sensible(temperature: int | None) -> int | None:
    return temperature if temperature in SENSIBLE else None


def _throttling(seen: Seen) -> Iterator[Finding]:
    times = sum(sum(heat_counts(seen.tree, name)) for name in HEAT)
    if not seen.tree.glob("sys/devices/system/cpu/cpu*/thermal_throttle"):
        return
    just = seen.sample.heat if seen.sample else 0
    words = f"{units.count(times, 'time')} since the machine started" if times else "never"
    yield Finding(
        name="heat throttling",
        value=words + (f", {just} of them within the last second" if just else ""),
        seriousness="disturbs" if just else "note" if times else "fine",
        effect="The CPU is being slowed down by its own heat now."
        if just
        else "The CPU has been slowed down by its own heat before, and will be when it is as busy again."
        if times
        else "",
        touches=("times", "speedups", "scatter") if times else (),
        advice="Let it cool down, look after its fans, or switch turbo off." if times else "",
    )
