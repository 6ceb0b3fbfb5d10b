"""Python source -> its literals, functions and docstring with their places, by `ast`. Runs none, knows no contract."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from tokenize import detect_encoding
from types import NoneType
from typing import Any

from engine import document
from engine.document import LINE_END, Document, Keys, Place, trail
from engine.errors import KernelError, Problem, ScenarioError

OLDEST = (3, 9)
"""The Python whose grammar a kernel keeps to: a worker may be as old."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a module says at its top level."""

    path: str
    docstring: str
    literals: Document
    """A mapping of the constants asked for, with the place of everything in it."""
    functions: Mapping[str, Function]
    problems: tuple[Problem, ...]
    """Constants that are no literals."""
    lines: Sequence[str] = ()

    def problem(self, node: ast.AST, message: str, hint: str = "", where: str = "") -> Problem:
        """A fault of one node."""
        line, column = _place(node, self.lines)
        return Problem(file=self.path, line=line, column=column, where=where, message=message, hint=hint)


def parse(raw: bytes, path: str, constants: Iterable[str] = ()) -> Source:
    """The top level of a module. Raises KernelError where the text is no Python 3.9."""
    lines = _lines(raw, path)
    tree = _tree(raw, path, lines)
    literals = _Literals(path, lines)
    functions: dict[str, Function] = {}
    for statement in tree.body:
        if isinstance(statement, Function):
            functions[statement.name] = statement
        for name, target, value in _assigned(statement):
            if name in constants:
                literals.add(name, target, value)
    return Source(
        path=path,
        docstring=ast.get_docstring(tree) or "",
        literals=literals.document(),
        functions=functions,
        problems=tuple(literals.problems),
        lines=lines,
    )


def _tree(raw: bytes, path: str, lines: Sequence[str]) -> ast.Module:
    line = column = 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape is the author's affair
            return ast.parse(raw, filename=path, feature_version=OLDEST)
    except SyntaxError as error:
        line = max(1, min(error.lineno or 1, len(lines)))  # CPython's own places may lie beyond the text
        column = max(1, min(error.offset or 1, len(lines[line - 1]) + 1))
        message = f"this is no Python 3.9: {error.msg}"
    except ValueError as error:  # a null byte
        message = f"this is no Python: {error}"
    except (RecursionError, MemoryError):
        message = "this is no Python: it is nested too deeply"
    raise KernelError([Problem(file=path, line=line, column=column, message=message)])


def _lines(raw: bytes, path: str) -> Sequence[str]:
    """The lines of a module. Raises KernelError where it is no UTF-8, or says so."""
    try:
        lines = LINE_END.sub("\n", document.decoded(raw, path)).split("\n")
    except ScenarioError as error:
        raise KernelError(error.problems) from None
    try:
        encoding, _ = detect_encoding(BytesIO(raw).readline)
    except SyntaxError as error:
        encoding = str(error)
    if encoding not in {"utf-8", "utf-8-sig"}:
        message = f"this says that it is no UTF-8: {encoding}"
        raise KernelError([Problem(file=path, line=1, column=1, message=message, hint="save the file as UTF-8")])
    return lines


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    """Each `NAME = value` of a statement as (name, its node, the value's node)."""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id, statement.target, statement.value
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, target, statement.value


class _Literals:
    """Collects literals as one document, as if the module were a YAML file."""

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._lines = lines
        self._data: dict[str, Any] = {}
        self._values: dict[Keys, Place] = {}
        self._keys: dict[Keys, Place] = {}

    def add(self, name: str, target: ast.AST, node: ast.expr) -> None:
        if name in self._data:
            self._report(target, name, "is assigned twice", "remove one of them")
            return
        try:
            self._data[name] = _as_lists(ast.literal_eval(node))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            self._report(node, name, "expected a literal", "it is read without running the kernel: no names, no calls")
            self._data[name] = None
        else:
            self._keys[(name,)] = _place(target, self._lines)
            self._mark(node, (name,))

    def document(self) -> Document:
        return Document(path=self._path, data=self._data, values=self._values, keys=self._keys)

    def _mark(self, node: ast.expr, way: Keys) -> None:
        self._values[way] = _place(node, self._lines)
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                assert isinstance(key, ast.expr)  # literal_eval lets no ** pass
                found = ast.literal_eval(key)
                name = str(found)
                if not isinstance(found, str):
                    self._report(key, trail((*way, name)), "expected a text as key", "put it in quotes")
                if (*way, name) in self._keys:
                    self._report(key, trail((*way, name)), "this key is here twice", "remove one of them")
                self._keys[*way, name] = _place(key, self._lines)
                self._mark(value, (*way, name))
        elif isinstance(node, (ast.List, ast.Tuple)):
            for index, item in enumerate(node.elts):
                self._mark(item, (*way, index))
        elif not _is_json(ast.literal_eval(node)):
            hint = "numbers of a sensible size, texts, True, False, lists and dicts are"
            self._report(node, trail(way), "expected a value that is one of JSON too", hint)

    def _report(self, node: ast.AST, where: str, message: str, hint: str) -> None:
        line, column = _place(node, self._lines)
        self.problems.append(
            Problem(file=self._path, line=line, column=column, where=where, message=message, hint=hint)
        )


def _is_json(value: object) -> bool:
    """Whether JSON has such a scalar; integers of more than a thousand bits are no numbers of this world."""
    if isinstance(value, int):
        return value.bit_length() <= sys.float_info.max_exp
    return isinstance(value, (str, float, NoneType))


def _as_lists(value: Any) -> Any:
    """Data as JSON has it: a tuple is as good as a list; what JSON does not have is reported elsewhere."""
    if isinstance(value, dict):
        return {str(key): _as_lists(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_lists(item) for item in value]
    return value if _is_json(value) else None


def _place(node: ast.AST, lines: Sequence[str]) -> Place:
    """Where a node begins; `ast` counts the bytes of a line, a reader its characters."""
    line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    before = lines[line - 1].encode()[:offset].decode("utf-8", "replace") if line <= len(lines) else " " * offset
    return Place(line, len(before) + 1)
