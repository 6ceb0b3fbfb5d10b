"""What a kernel file has to say (docs/kernel.md): its constants as a schema, its functions as signatures."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Collection, Iterator
from typing import Any

from engine.document import CONTROL, Keys
from engine.errors import Problem
from engine.kernel.source import Function, Source
from engine.model import HARNESS_AXES, UNITS
from engine.schema import Schema, examine, misfit, pattern_fault

RESERVED = (*HARNESS_AXES, "free_threaded")
"""Names that scenarios give another meaning."""

WORDS = ("default", "unit", "description")
"""Keys of a parameter that are no JSON Schema."""

CONSTANTS: Schema = {
    "type": "object",
    "properties": {
        "PARAMS": {
            "type": "object",
            "default": {},
            "additionalProperties": {
                "type": "object",
                "required": ["type", "default", "description"],
                "additionalProperties": False,
                "properties": {
                    "type": {"enum": ["integer", "number", "string", "boolean"]},
                    "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
                    "minimum": {"type": "number"},
                    "maximum": {"type": "number"},
                    "exclusiveMinimum": {"type": "number"},
                    "exclusiveMaximum": {"type": "number"},
                    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
                    "pattern": {"type": "string", "maxLength": 1000},
                    "default": {"type": ["string", "number", "boolean"]},
                    "unit": {"type": "string"},
                    "description": {"type": "string", "pattern": "[^\\s]", "x-expected": "a text"},
                },
            },
        },
        "METRICS": {
            "type": "object",
            "default": {},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"unit": {"type": "string"}, "description": {"type": "string"}},
            },
        },
        "OPERATION": {"type": "string", "pattern": "[^\\s]", "x-expected": "a text", "default": "operation"},
        "OPERATIONS": {"type": "integer", "minimum": 1, "default": 1},
        "GC": {"type": "boolean", "default": False},
    },
}

POSITIONAL = {
    "setup": ("threads",),
    "prepare": ("shared", "index"),
    "run": ("own", "loops"),
    "choose": (),
    "check": ("shared", "owns", "loops"),
}
"""The functions of a kernel and their positional arguments; `setup` and `choose` have all parameters as keywords."""

TAKES_PARAMETERS = ("setup", "choose")


def breaches(source: Source) -> tuple[dict[str, Any], list[Problem]]:
    """The constants with their defaults, and every breach of the contract."""
    facts, faults = examine(source.literals, CONSTANTS)
    broken = {fault.keys[:2] for fault in faults}
    problems = [*source.problems]
    named = {problem.where for problem in problems}  # a constant that is no literal has had its message
    spots = set(map(_spot, problems))
    problems += (fault.problem for fault in faults if fault.keys[0] not in named and _spot(fault.problem) not in spots)
    problems += _text_faults(source, source.literals.data, ())
    if found := CONTROL.search(source.docstring):
        message = f"the docstring holds the control character {found[0]!r}"
        problems.append(Problem(file=source.path, line=1, column=1, message=message))
    if not source.docstring:
        hint = "its first line is the kernel's title, the rest its manual"
        problems.append(Problem(file=source.path, line=1, column=1, message="there is no docstring", hint=hint))
    parameters = facts["PARAMS"] if isinstance(facts["PARAMS"], dict) else None
    for name in parameters or ():
        problems += _name_faults(source, name)
        if ("PARAMS", name) not in broken:
            problems += _value_faults(source, name, facts["PARAMS"][name])
    problems += _metric_faults(source, facts["METRICS"])
    problems += _function_faults(source, parameters)
    return facts, problems


def _spot(problem: Problem) -> tuple[str, int, int]:
    return problem.where, problem.line, problem.column


def _text_faults(source: Source, value: object, keys: Keys) -> Iterator[Problem]:
    """Texts, and keys, with characters that a terminal obeys or that cannot be seen."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _text_faults(source, key, (*keys, key))
            yield from _text_faults(source, item, (*keys, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _text_faults(source, item, (*keys, index))
    elif isinstance(value, str) and (found := CONTROL.search(value)):
        yield source.literals.problem(keys, f"the control character {found[0]!r} may not be here")


def _name_faults(source: Source, name: str) -> Iterator[Problem]:
    keys = ("PARAMS", name)
    if name in RESERVED:
        hint = "scenarios use it for every kernel; take another name"
        yield source.literals.problem(keys, "a parameter may not have this name", hint, at_key=True)
    elif not name.isidentifier() or keyword.iskeyword(name):
        yield source.literals.problem(keys, "a parameter is the name of an argument of setup", at_key=True)


def _value_faults(source: Source, name: str, facts: dict[str, Any]) -> Iterator[Problem]:
    """The default, and each value of an enum, fits what the parameter asks."""
    schema = {key: value for key, value in facts.items() if key not in WORDS}
    if "pattern" in facts and (wrong := pattern_fault(facts["pattern"])):
        yield source.literals.problem(("PARAMS", name, "pattern"), f"this is no regular expression: {wrong}")
        return
    choices = {key: value for key, value in schema.items() if key != "enum"}
    for index, value in enumerate(facts.get("enum", ())):
        if unfit := misfit(choices, value):
            yield source.literals.problem(("PARAMS", name, "enum", index), *unfit)
    if unfit := misfit(schema, facts["default"]):
        yield source.literals.problem(("PARAMS", name, "default"), *unfit)


def _metric_faults(source: Source, metrics: object) -> Iterator[Problem]:
    for name in metrics if isinstance(metrics, dict) else ():
        if name in UNITS:
            hint = "every run has it; take another name"
            yield source.literals.problem(("METRICS", name), "a metric may not have this name", hint, at_key=True)
        elif not name.isidentifier():
            hint = "letters, digits and _"
            yield source.literals.problem(("METRICS", name), "a metric is the name of a column", hint, at_key=True)


def _function_faults(source: Source, parameters: Collection[str] | None) -> Iterator[Problem]:
    """`parameters` is None where PARAMS cannot be read: then keyword arguments cannot be judged."""
    timed = [name for name in ("run", "choose") if name in source.functions]
    if len(timed) == 2:
        yield source.problem(source.functions["choose"], "there is a `run` too", "keep one of them", "choose")
    for name in ("setup", "prepare", *(timed or ["run"]), "check"):
        function = source.functions.get(name)
        if function is None:
            yield Problem(
                file=source.path,
                line=1,
                column=1,
                message=f"there is no function {name}",
                hint=f"define `{_signature(name, parameters or ())}` at module level",
            )
        elif wrong := _mismatch(function, name, parameters):
            yield source.problem(function, wrong, f"write `{_signature(name, parameters or ())}`", name)


def _mismatch(function: Function, name: str, parameters: Collection[str] | None) -> str:
    """What is wrong with the signature of one of the kernel's functions, or ""."""
    if isinstance(function, ast.AsyncFunctionDef):
        return "it may not be async"
    arguments = function.args
    if arguments.vararg or arguments.kwarg:
        return "it may not take *args or **kwargs"
    positional = tuple(argument.arg for argument in (*arguments.posonlyargs, *arguments.args))
    if positional != POSITIONAL[name]:
        return f"expected the arguments ({', '.join(POSITIONAL[name])}), found ({', '.join(positional)})"
    found = {argument.arg for argument in arguments.kwonlyargs}
    if name not in TAKES_PARAMETERS:
        return _keyword_mismatch(found, ())
    return "" if parameters is None else _keyword_mismatch(found, parameters)


def _keyword_mismatch(found: Collection[str], parameters: Collection[str]) -> str:
    if lacking := sorted(set(parameters) - set(found)):
        return f"it does not take {', '.join(lacking)}, which PARAMS has"
    if extra := sorted(set(found) - set(parameters)):
        return f"it takes {', '.join(extra)}, which is no parameter of it"
    return ""


def _signature(name: str, parameters: Collection[str]) -> str:
    wanted = [parameter for parameter in parameters if parameter not in RESERVED]
    keywords = ["*", *wanted] if name in TAKES_PARAMETERS and wanted else []
    return f"def {name}({', '.join([*POSITIONAL[name], *keywords])}):"
