"""Threads compute the PageRank of a graph of Python lists that they only read: one graph for all, or each its own.

Stresses: reading a data structure of lists in lists of integers. Each turn is one power iteration over all nodes; for
each link it reads a node's number out of a list of the graph, and by it a rank and a number of links. The ranks are
always the thread's own. Nothing of the graph is ever written.

Expect:
- private: scales with the CPUs where there is no GIL; the control.
- shared: not. To read is to count references: each use of a list or of an integer above 256 that another thread made
  is two atomic instructions, and the one list that every link is looked up in is counted by all threads at once (PEP
  703, "Biased reference counting"). Two threads get about what one gets, or less.
- copied: each thread has lists of its own that hold the one set of integers. It takes more time than private, but less
  than shared: the lists, which are used for every link, are no longer fought over, and two threads seldom meet at one
  integer.
On a free-threaded build one thread, too, pays for numbers and lists that the main thread made. With the GIL of a
default build all are alike, and with any GIL none scales.

Does not show: graphs in arrays or in C, which have no counts for each number; writing to shared lists (locks and
updates that are lost); graphs larger than the caches.

How it goes wrong: a graph of fewer than 258 nodes has integers that are immortal, and half of the effect is gone; a
node's number from a shared `range` or iterator; ranks in one list for all. A thread that stops early is as right as
another once the ranks have settled, so the turns are counted as well.

Source: L. Page, S. Brin and others, "The PageRank Citation Ranking" (1999); the graph is a seeded random one.
"""

import random
from itertools import repeat
from operator import length_hint

PARAMS = {
    "graph": {
        "type": "string",
        "enum": ["private", "copied", "shared"],
        "default": "shared",
        "description": (
            "Each thread has a graph that it made, or lists of its own that hold the integers of one graph, or all "
            "have one graph that the main thread made."
        ),
    },
    "nodes": {
        "type": "integer",
        "minimum": 2,
        "maximum": 100000,
        "default": 1000,
        "description": "Nodes of the graph; from 258 on some have numbers that are not immortal.",
    },
}
OPERATION = "one iteration over all nodes"
OPERATIONS = 1

LINKS = 4  # to each node; how many lead away from it is left to chance
SETTLED = 300  # iterations after which the ranks change no more: 0.85 ** 300 is below 1e-21


def setup(threads, *, graph, nodes):
    return {"graph": graph, "nodes": nodes, "made": _graph(nodes)}


def _graph(nodes):
    """Of each node the numbers of those that lead to it, and how many links lead away from it, at least one."""
    chance = random.Random(20)
    # The first link of each node comes from its neighbour, so none is without a way out.
    incoming = [[(node + 1) % nodes] for node in range(nodes)]
    for sources in incoming:
        sources += [int(chance.random() * nodes) for _ in range(LINKS - 1)]
    outgoing = [0] * nodes
    for sources in incoming:
        for source in sources:
            outgoing[source] += 1
    return incoming, outgoing


def prepare(shared, index):
    kind, nodes = shared["graph"], shared["nodes"]
    incoming, outgoing = shared["made"] if kind != "private" else _graph(nodes)
    if kind == "copied":
        incoming, outgoing = [list(sources) for sources in incoming], list(outgoing)
    # The ranks of the last iteration, and how many there were.
    return [incoming, outgoing, [1 / nodes for _ in range(nodes)], 0]


def run(own, loops):
    incoming, outgoing, ranks, _ = own
    least = 0.15 / len(ranks)
    turns = repeat(None, loops)
    for _ in turns:
        fresh = []
        for sources in incoming:
            rank = 0.0
            for source in sources:
                rank += ranks[source] / outgoing[source]
            fresh.append(least + 0.85 * rank)
        ranks = fresh
    own[2] = ranks
    own[3] += loops - length_hint(turns)


def check(shared, owns, loops):
    kind, made = shared["graph"], shared["made"]
    graphs = [(own[0], own[1]) for own in owns]
    lists = {id(part) for incoming, outgoing in graphs for part in (incoming, outgoing, *incoming)}
    ours = {id(part) for part in (*made, *made[0])}
    assert (lists == ours) == (kind == "shared"), "private lists are shared, or shared ones are not"
    assert kind == "shared" or len(lists) == len(ours) * len(owns), "private lists are shared"
    numbers = [{id(n) for sources in incoming for n in sources if n > 256} for incoming, _ in graphs]
    known = {id(n) for sources in made[0] for n in sources if n > 256}
    if kind == "private":
        assert len(set().union(known, *numbers)) == len(known) * (len(owns) + 1), "private integers are shared"
    else:
        assert all(found == known for found in numbers), "the integers are not those of the one graph"
    expected = _ranks(shared["nodes"], min(loops, SETTLED))
    for _, _, ranks, turns in owns:
        assert turns == loops, "%d iterations were done instead of %d" % (turns, loops)
        off = max(abs(rank - right) for rank, right in zip(ranks, expected))
        assert len(ranks) == len(expected), "%d nodes have a rank instead of %d" % (len(ranks), len(expected))
        assert off < 1e-12, "a rank is off by %s" % off
        assert abs(sum(ranks) - 1) < 1e-9, "the ranks add up to %s instead of 1" % sum(ranks)


def _ranks(nodes, iterations):
    """The same the other way round: each node hands its rank on, in equal shares."""
    targets = [[] for _ in range(nodes)]
    for node, sources in enumerate(_graph(nodes)[0]):
        for source in sources:
            targets[source].append(node)
    ranks = [1 / nodes] * nodes
    for _ in range(iterations):
        handed = [0.15 / nodes] * nodes
        for rank, reached in zip(ranks, targets):
            for node in reached:
                handed[node] += 0.85 * rank / len(reached)
        ranks = handed
    return ranks
