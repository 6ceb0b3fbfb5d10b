"""The shipped scenarios and kernels -> docs/catalogue.md: what each asks and claims, what each kernel does and why."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from engine import kernel, resources, scenario, units
from engine.manual.flow import flow
from engine.model import Claim, Kernel, Pairs, Parameter, Scenario, Selector, Value

INTRODUCTION = """\
# The catalogue

{counts}. Each scenario asks one question of one kernel; its claims are stated so that a measurement
can refute them, and each has a control that would expose a broken kernel. The second half explains every kernel: what
it stresses, what to expect on which build and why, what it does not show, and how the naive version goes wrong.

```
fteng run memory/ordering/false_sharing     # one of them
fteng run scenarios/memory --fast           # a folder, quickly
fteng run scenarios --fast                  # all of it, about a quarter of an hour on two CPUs
fteng run scenarios/evolution --python 3.13t --python 3.14t
```

This page is made from the scenarios and the kernels (`python -m engine.manual catalogue > docs/catalogue.md`).
"""

AXES = {"threads": "threads", "affinity": "affinity", "gil": "GIL", "switch_interval": "switch interval"}
QUIET = {"affinity": ("none",), "gil": ("default",), "switch_interval": ("default",)}
"""Axes that are not worth a word at their default."""


def catalogue_page() -> str:
    """The whole page, in Markdown."""
    scenarios = [scenario.load(path) for path in sorted(resources.scenarios().rglob("*.yaml"))]
    kernels = [kernel.load(path) for path in kernel.shipped()]
    counts = f"{units.count(len(scenarios), 'scenario')} on {units.count(len(kernels), 'kernel')}"
    page = [INTRODUCTION.format(counts=counts), "\n## Overview\n\n| scenario | asks |\n|---|---|\n"]
    page += [f"| [{one.name}](#{_anchor(one.name)}) | {_escaped(one.title)} |\n" for one in scenarios]
    page.append("\n## Scenarios\n")
    for category, members in itertools.groupby(scenarios, lambda one: one.name.partition("/")[0]):
        page.append(f"\n### {category.capitalize()}\n")
        page += [part for one in members for part in _scenario(one)]
    page.append("\n## Kernels\n")
    page += [part for one in kernels for part in _kernel(one, [s for s in scenarios if s.kernel.name == one.name])]
    return "".join(page)


def _scenario(one: Scenario) -> Iterator[str]:
    """One scenario: question, kernel, axes, claims."""
    yield f"\n#### {one.name}\n\n**{_escaped(one.title)}.** {_escaped(one.question.strip())}\n\n"
    yield f"- Kernel: [{one.kernel.name}](#{_anchor(one.kernel.name)})\n"
    yield f"- Interpreters: {', '.join(one.interpreters)}\n"
    quiet = QUIET | {parameter.name: (parameter.default,) for parameter in one.kernel.parameters}
    axes = ((name, values) for name, values in one.matrix if values != quiet.get(name))
    yield f"- Axes: {'; '.join(_axis(one.kernel, name, values) for name, values in axes)}\n"
    if one.overhead:
        yield f"- Overhead, taken off in `net`: {_pairs(one.overhead)}\n"
    yield "- Claims:\n"
    yield from (f"    - {_escaped(claim.text)}: {_tested(claim)}\n" for claim in one.claims)


def _axis(of: Kernel, name: str, values: Iterable[Value]) -> str:
    unit = next((parameter.unit for parameter in of.parameters if parameter.name == name), "")
    listed = ", ".join(map(flow, values)) + (f" {unit}" if unit else "")
    return f"{AXES.get(name, f'`{name}`')} {listed}"


def _tested(claim: Claim) -> str:
    """What is compared with what, and the bounds."""
    bounds = " and ".join(f"{bound:g}" for bound in claim.bounds)
    runs = [f"of {_selected(claim.of)}"] if claim.of.values else []
    runs += [f"over {_selected(claim.to)}"] if claim.ratio else []
    runs += [f"where {_selected(claim.where)}"] if claim.where.values else []
    return f"`{claim.quantity}` {' '.join(runs)}{' is' if runs else ''} {claim.relation} {bounds}".replace("  ", " ")


def _selected(selector: Selector) -> str:
    return _pairs(tuple((name, values[0] if len(values) == 1 else values) for name, values in selector.values))


def _pairs(pairs: Pairs) -> str:
    return f"`{flow(dict(pairs))}`"


def _kernel(one: Kernel, asked: Sequence[Scenario]) -> Iterator[str]:
    """One kernel: its title, its manual, its parameters and metrics, the scenarios that use it."""
    yield f"\n### {one.name}\n\n**{_escaped(one.title)}**\n\n{_manual(one.manual)}\n\n"
    yield f"One operation is {_escaped(one.operation)}.\n"
    if one.parameters:
        yield "\n| parameter | values | default | meaning |\n|---|---|---|---|\n"
        yield from (_parameter(parameter) for parameter in one.parameters)
    if one.metrics:
        yield "\n| metric | unit | meaning |\n|---|---|---|\n"
        yield from (f"| `{m.name}` | {m.unit} | {_escaped(m.description)} |\n" for m in one.metrics)
    links = ", ".join(f"[{s.name}](#{_anchor(s.name)})" for s in asked)
    yield f"\nAsked by: {links}.\n" if links else "\nThe control that runs beside every scenario.\n"


def _parameter(parameter: Parameter) -> str:
    keywords = dict(parameter.schema)
    values = ", ".join(f"`{flow(word)}`" for word in keywords.get("enum", ())) or keywords["type"]
    limits = [f"{word} {keywords[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in keywords]
    allowed = " ".join([values, *limits, parameter.unit]).strip()
    return f"| `{parameter.name}` | {allowed} | {flow(parameter.default)} | {_escaped(parameter.description)} |\n"


def _manual(text: str) -> str:
    """A docstring as Markdown: the first words of its parts bold, lists set off by an empty line."""
    parts = r"(?:\A|(?<=\n\n))(Stresses|Does not show|How it goes wrong|Source|Orders|Expect)(?=[:, ])"
    return re.sub(r"^(?!- |  )(.+)\n(?=- )", r"\1\n\n", re.sub(parts, r"**\1**", _escaped(text)), flags=re.MULTILINE)


def _escaped(text: str) -> str:
    """The text with what Markdown would take for markup made harmless, but for its code spans."""
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [re.sub(r"([*<|\\]|(?<!\w)_|_(?!\w))", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def _anchor(heading: str) -> str:
    """How GitHub and mkdocs name a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
