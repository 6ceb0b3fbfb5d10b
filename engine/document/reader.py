"""Events of a YAML stream -> nodes with places, or every fault at once; the only `import yaml`.

Works on events, not on PyYAML's own nodes: so every limit is checked before the thing it limits is made.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import yaml

from engine.document.content import Place, brief
from engine.errors import Problem, ScenarioError

NODES = 10_000
"""Keys and values a file may have, aliases expanded; a large scenario has two hundred."""

DEPTH = 32
"""Levels of nesting, aliases expanded; a scenario has five."""

DIGITS = 300
"""Characters of a number; beyond, it is no number of this world (and `int` refuses 4300 digits)."""

LETTERS = 4096
"""Characters of a text or key; a long question has three hundred."""

NEIGHBOURS = 100
"""Anchors among which a hint looks for a misspelt one; in more, every look costs too much."""

FOREIGN = re.compile("[\x85\u2028\u2029]")
"""Line ends of YAML 1.1 and of some editors, but of neither YAML 1.2 nor of most others: a comment would end there."""

INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
WORDS: dict[str, Any] = {"": None, "~": None}
WORDS |= dict.fromkeys(("null", "Null", "NULL"), None)
WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
WORDS |= {sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
WORDS |= dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))

SYNTAX_HINTS = (
    (
        "mapping values are not allowed",
        "a text that holds ': ' needs quotes; a key starts in the column of its siblings",
    ),
    ("could not find expected ':'", "every key ends with a colon and a space"),
    ("expected <block end>", "items of one list, and keys of one mapping, start in the same column"),
    ("expected ',' or", "a list in brackets or a mapping in braces is not closed, or lacks a comma"),
    ("cannot start any token", "put the text in quotes"),
    ("unexpected end of stream", "a quote is not closed"),
    ("expected alphabetic or numeric", "a text that starts with * or & needs quotes"),
)


@dataclass(slots=True)
class Node:
    """A value as it is read; aliases share their items."""

    place: Place
    value: Any = None
    text: str | None = None
    items: list[Node] | None = None
    """Of a list."""
    entries: dict[str, tuple[Place, Node]] | None = None
    """Of a mapping: key -> (place of the key, value)."""
    size: int = 1
    """Nodes that this one expands to."""
    height: int = 1
    """Levels that this one expands to."""

    def adopt(self, child: Node) -> None:
        """Count in what one more child expands to."""
        self.size += child.size
        self.height = max(self.height, child.height + 1)


class Reader:
    """Events of one YAML stream -> nodes, with every problem on the way."""

    def __init__(self, text: str, path: str) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._text = text
        self._events = self._tokens()
        self._anchors: dict[str, Node | None] = {}
        self._total = 0

    def document(self) -> Node:
        """The root of the only document."""
        next(self._events)  # start of the stream
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            self._fatal(Place(1, 1), "the file is empty", "`fteng new scenario NAME` writes a starting point")
        root = self._node(next(self._events), 1)
        next(self._events)  # end of the document
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._report(_place(event), "a second document starts here", "write one document to a file")
        return root

    def _tokens(self) -> Iterator[Any]:
        if found := FOREIGN.search(self._text):
            message = f"the character {found[0]!r} ends a line for some programs and not for others"
            self._fatal(_count_lines(self._text, found.start()), message, "remove it, or begin a new line")
        try:
            loader = yaml.SafeLoader(self._text)
        except yaml.reader.ReaderError as error:
            message = f"the character {chr(error.character)!r} may not stand in YAML"
            self._fatal(_count_lines(self._text, error.position), message)
        try:
            while loader.check_event():
                yield loader.get_event()  # type: ignore[no-untyped-call]
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except (ValueError, OverflowError):  # an escape beyond Unicode, a version of endless digits
            self._fatal(
                _at(loader.get_mark()), "this is not YAML: an escape that is no character, or a version that is none"
            )

    def _node(self, event: Any, depth: int) -> Node:
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), place, depth)
        self._grow(place, 1, depth)
        if event.tag is not None:
            shown = brief(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self._report(place, f"the tag {shown} is refused", "write plain values; quotes make a text of anything")
        if event.anchor:
            self._anchors[event.anchor] = None  # still open: an alias to it would never end
        if isinstance(event, yaml.SequenceStartEvent):
            node = self._list(place, depth)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(place, depth)
        else:
            node = self._scalar(event, place)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, name: str, place: Place, depth: int) -> Node:
        if name not in self._anchors:
            near = difflib.get_close_matches(name, self._anchors, 1) if len(self._anchors) <= NEIGHBOURS else []
            hint = f"did you mean *{brief(near[0])}?" if near else f"name a value with &{brief(name)} first"
            self._report(place, f"the alias *{brief(name)} names nothing above it", hint)
            return Node(place)
        target = self._anchors[name]
        if target is None:
            self._fatal(place, f"the alias *{brief(name)} stands inside what it names", "it would never end")
        self._grow(place, target.size, depth + target.height - 1)
        return replace(target, place=place)

    def _list(self, place: Place, depth: int) -> Node:
        node = Node(place, items=[])
        assert node.items is not None
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            child = self._node(event, depth + 1)
            node.items.append(child)
            node.adopt(child)
        return node

    def _mapping(self, place: Place, depth: int) -> Node:
        node = Node(place, entries={})
        assert node.entries is not None
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            where = _place(event)
            merge = isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value == "<<"
            key = self._node(event, depth + 1)
            child = self._node(next(self._events), depth + 1)
            node.adopt(child)
            node.size += 1
            if merge:
                self._report(where, "the merge key << is not supported", "write the keys out, or alias whole values")
            elif self._is_key(key, node.entries):
                node.entries[key.value] = (where, child)
        return node

    def _is_key(self, key: Node, known: Mapping[str, tuple[Place, Node]]) -> bool:
        if not isinstance(key.value, str):
            found = "a list or mapping" if key.text is None else f"{brief(key.text) or 'nothing'}, which is no text"
            self._report(key.place, f"expected a key, found {found}", "put a key that is no word in quotes")
            return False
        if key.value in known:
            self._report(
                key.place,
                f"the key {brief(key.value)} is here twice (first in line {known[key.value][0].line})",
                "remove one of them",
            )
            return False
        return True

    def _scalar(self, event: Any, place: Place) -> Node:
        text: str = event.value
        if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
            self._report(place, "half of a surrogate pair is no character")
        if event.implicit[0] and len(text) > DIGITS and (FLOAT.fullmatch(text) or BASED.fullmatch(text)):
            self._report(place, f"a number of {len(text)} digits is too long")
            return Node(place)
        if len(text) > LETTERS:
            self._report(place, f"a text of {len(text)} characters is too long; at most {LETTERS} are allowed")
            return Node(place, value=text)
        return Node(place, value=plain(text) if event.implicit[0] else text, text=text)

    def _grow(self, place: Place, size: int, depth: int) -> None:
        self._total += size
        if self._total > NODES:
            self._fatal(
                place, f"the file grows to more than {NODES} keys and values here", "are there aliases of aliases?"
            )
        if depth > DEPTH:
            self._fatal(place, f"more than {DEPTH} levels of nesting")

    def _syntax(self, error: yaml.MarkedYAMLError) -> NoReturn:
        mark = error.problem_mark or error.context_mark
        place = _at(mark) if mark else Place(1, 1)
        line = self._text.split("\n")[place.line - 1]
        if (tab := line.find("\t")) >= 0 and not line[:tab].strip():
            self._fatal(Place(place.line, tab + 1), "a tab where YAML wants spaces", "indent with spaces")
        said = ", ".join(part for part in (error.context, error.problem) if part)
        hint = next((hint for sign, hint in SYNTAX_HINTS if sign in said), "")
        self._fatal(place, f"this is not YAML: {said}", hint)

    def _report(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(file=self._path, line=place.line, column=place.column, message=message, hint=hint))

    def _fatal(self, place: Place, message: str, hint: str = "") -> NoReturn:
        self._report(place, message, hint)
        raise ScenarioError(self.problems)


def plain(text: str) -> Any:
    """The value of an unquoted scalar in the YAML 1.2 core schema (chapter 10.3.2 of its specification)."""
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if FLOAT.fullmatch(text) else text


def _count_lines(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))


def _place(event: Any) -> Place:
    return _at(event.start_mark)


def _at(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)
