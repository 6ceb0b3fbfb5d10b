"""Findings of a machine -> text for a person and JSON for a machine: what is noisy here and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from engine import units
from engine.model import Finding
from engine.report.cells import plain
from engine.report.layout import definitions, heading, paragraph


def doctor_text(version: str, findings: Sequence[Finding]) -> str:
    """What disturbs, what is worth knowing, the facts in short, and how ready the machine is to measure.

    Takes the findings in the order in which they matter.
    """
    disturbing, notes = _of(findings, "disturbs"), _of(findings, "note")
    facts = [(plain(one.name), plain(one.value)) for one in findings if one.seriousness == "fine"]
    blocks = [
        "\n".join([heading(f"fteng {version} doctor", "="), paragraph(summary(findings), indent="")]),
        _section("Disturbs measurements", disturbing, "!"),
        _section("Worth knowing", notes, "-"),
        "\n".join([heading("Facts"), *definitions(facts)]) if facts else "",
        paragraph(readiness(findings), indent=""),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def doctor_json(version: str, findings: Sequence[Finding]) -> str:
    """The same as one JSON object (docs/machine.md)."""
    told = {
        "version": version,
        "ready": not _of(findings, "disturbs"),
        "summary": summary(findings),
        "readiness": readiness(findings),
        "findings": [asdict(one) for one in findings],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def summary(findings: Sequence[Finding]) -> str:
    """How many there are of each kind, and what fteng does about them: nothing."""
    disturbing, notes = _of(findings, "disturbs"), _of(findings, "note")
    verb = "disturbs" if len(disturbing) == 1 else "disturb"
    first = f"{units.count(len(disturbing), 'finding')} {verb} measurements" if disturbing else "Nothing found disturbs"
    rest = f"{len(notes)} more {'is' if len(notes) == 1 else 'are'} worth knowing" if notes else ""
    cure = " fteng changes nothing: the commands are yours to run." if disturbing or notes else ""
    return ", ".join(filter(None, (first, rest))) + "." + cure


def readiness(findings: Sequence[Finding]) -> str:
    """One sentence: how ready this machine is to measure."""
    disturbing = _of(findings, "disturbs")
    names = {one.name for one in findings}
    alone = any(one.name == "CPUs" for one in disturbing)
    if alone:
        return "Not fit to measure threads: with one CPU they can only take turns."
    if disturbing:
        first = plain(disturbing[0].name)
        more = f" and {units.count(len(disturbing) - 1, 'other finding')} disturb" if disturbing[1:] else " disturbs"
        return (
            f"Not ready for small differences: {first}{more}; change what you can, then `fteng selfcheck` says how "
            "small a difference still shows."
        )
    if "virtualisation" in names:
        return (
            "Ready as far as can be seen from inside a virtual machine, which is not far: `fteng selfcheck` measures "
            "how small a difference it shows."
        )
    return "Ready to measure: `fteng selfcheck` says how small a difference this machine shows."


def _of(findings: Sequence[Finding], seriousness: str) -> list[Finding]:
    return [one for one in findings if one.seriousness == seriousness]


def _section(title: str, findings: Sequence[Finding], mark: str) -> str:
    if not findings:
        return ""
    return "\n".join([heading(title), *(line for one in findings for line in _lines(one, mark))])


def _lines(one: Finding, mark: str) -> list[str]:
    """What was found, what it does to which numbers, the command alone on its line to be copied, other help."""
    indent = " " * 4
    touches = (
        f" Touches {' and '.join(filter(None, (', '.join(one.touches[:-1]), one.touches[-1])))}." if one.touches else ""
    )
    effect = plain(one.effect) + touches
    return [
        paragraph(f"{plain(one.name)}: {plain(one.value)}", f"  {mark} ", indent),
        *([paragraph(effect, indent, indent)] if effect else []),
        *([f"{indent}    {plain(one.remedy)}"] if one.remedy else []),
        *([paragraph(plain(one.advice), indent, indent)] if one.advice else []),
    ]
