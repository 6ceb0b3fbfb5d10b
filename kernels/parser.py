"""Threads parse and evaluate an arithmetic expression with regular expressions and recursive Python methods.

Stresses: what programs are made of: instances with methods that call one another, strings, short lists, and a compiled
regular expression, which programs keep in a global and all threads use. Each turn takes one expression of 89 tokens
apart and evaluates it while parsing.

Expect, where there is no GIL:
- findall, own or shared expression: scales with the CPUs. One call splits the whole text, so that a shared expression
  is touched twice a turn. The parser's class is counted by nobody (PEP 703, "Deferred reference counting"); instances
  and tokens are the thread's own.
- match, own expression: the expression is applied once for each token, and each time makes a match object. Its type is
  made in C, and on 3.13 all threads count the same type, so there is some contention although nothing is shared that
  the program could see. From 3.14 on types are counted for each thread apart.
- match, shared expression: each match object refers to the expression that made it, so all threads count that, too, on
  any version (Modules/_sre/sre.c); the slowest of the four.
With the GIL all are alike, and none scales.

Does not show: compiling expressions, or the cache of module functions such as re.match; expressions that take long to
match, which are C alone.

How it goes wrong: re.compile keeps what it has compiled, so that threads that compile the same pattern do not have
expressions of their own but share one object. Here each thread's pattern has a comment with its number in it, and
`check` compares the objects. A scanner or iterator of matches shared by threads is unsafe.

Source: the section "Writing a Tokenizer" of the documentation of re, and N. Wirth, "Compiler Construction" (1996), on
recursive descent.
"""

import re
from itertools import repeat
from operator import length_hint

PARAMS = {
    "expression": {
        "type": "string",
        "enum": ["own", "shared"],
        "default": "shared",
        "description": "A compiled regular expression for each thread, or one that the main thread compiled.",
    },
    "tokens": {
        "type": "string",
        "enum": ["findall", "match"],
        "default": "match",
        "description": "All tokens of a text in one call, or one call, and one match object, for each token.",
    },
}
OPERATION = "one token"
OPERATIONS = 89

PATTERN = r"\s*(?:(\d+)|(.))"
TEXT = (
    "((1 + 2) * 3 - 4) * (5 + 6 * (7 - 3)) - 2 * (8 + 1) * (9 - 4 * (3 - 1)) "
    "+ (10 - (2 + 3) * (4 - 2)) * 7 + 6 * (5 - (1 + 3) + 12) - 3 * (2 * (1 + 1) + 1)"
)


class Parser:
    """One expression, from its tokens to its value.

    sum = product {("+" | "-") product}; product = atom {"*" atom}; atom = number | "(" sum ")".
    """

    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0

    def sum(self):
        """Parse and evaluate a sum, up to a token that does not belong to it."""
        value = self.product()
        while True:
            sign = self.tokens[self.at][1]
            if sign == "+":
                self.at += 1
                value += self.product()
            elif sign == "-":
                self.at += 1
                value -= self.product()
            else:
                return value

    def product(self):
        """Parse and evaluate a product."""
        value = self.atom()
        while self.tokens[self.at][1] == "*":
            self.at += 1
            value *= self.atom()
        return value

    def atom(self):
        """Parse and evaluate a number or a sum in parentheses."""
        number, sign = self.tokens[self.at]
        self.at += 1
        if number:
            return int(number)
        if sign != "(":
            raise SyntaxError("a number is missing before token %d" % self.at)
        value = self.sum()
        if self.tokens[self.at][1] != ")":
            raise SyntaxError("a parenthesis is missing at token %d" % self.at)
        self.at += 1
        return value


def setup(threads, *, expression, tokens):
    return {"expression": expression, "one": re.compile(PATTERN)}


def prepare(shared, index):
    one = shared["one"]
    if shared["expression"] == "own":
        # The comment makes it another pattern: the same one would come out of re's cache, as one object for all.
        one = re.compile(PATTERN + "(?#thread %d)" % index)
    # A string of this thread's own; the last items are the parser and the value of the last turn, and their number.
    return [one, "".join(list(TEXT)), None, None, 0]


def choose(*, expression, tokens):
    return by_findall if tokens == "findall" else by_match


def by_findall(own, loops):
    one, text, parser, value, _ = own
    findall = one.findall
    turns = repeat(None, loops)
    for _ in turns:
        tokens = findall(text)
        tokens.append(("", ""))
        parser = Parser(tokens)
        value = parser.sum()
    own[2] = parser
    own[3] = value
    own[4] += loops - length_hint(turns)


def by_match(own, loops):
    one, text, parser, value, _ = own
    match, end = one.match, len(text)
    turns = repeat(None, loops)
    for _ in turns:
        tokens = []
        at = 0
        while at < end:
            found = match(text, at)
            tokens.append(found.groups(""))
            at = found.end()
        tokens.append(("", ""))
        parser = Parser(tokens)
        value = parser.sum()
    own[2] = parser
    own[3] = value
    own[4] += loops - length_hint(turns)


def check(shared, owns, loops):
    ones = {id(own[0]) for own in owns}
    if shared["expression"] == "own":
        assert len(ones) == len(owns), "threads that should have expressions of their own share them"
        assert id(shared["one"]) not in ones, "a thread has the main thread's expression"
    else:
        assert ones == {id(shared["one"])}, "a thread has an expression of its own"
    assert len({id(own[1]) for own in owns} | {id(TEXT)}) == len(owns) + 1, "a text is shared"
    expected = eval(TEXT)  # noqa: S307 - by Python's own parser
    for _, _, parser, value, turns in owns:
        assert turns == loops, "%d expressions were parsed instead of %d" % (turns, loops)
        assert value == expected, "the value is %s instead of %d" % (value, expected)
        written = "".join(number or sign for number, sign in parser.tokens)
        assert written == TEXT.replace(" ", ""), "the tokens are those of %s" % written
        assert parser.at == len(parser.tokens) - 1 == OPERATIONS, "%d tokens were parsed, not %d" % (
            parser.at,
            OPERATIONS,
        )
