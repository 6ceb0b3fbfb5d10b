"""Threads turn a document of their own into JSON and back, with the functions of json or coders of their own.

Stresses: json.dumps and json.loads, thus C code that makes many small objects; and what these two functions share
behind the program's back: without arguments they use one encoder and one decoder that the module made (_default_encoder
and _default_decoder in Lib/json/__init__.py).

Expect:
- own: a JSONEncoder and a JSONDecoder for each thread. A document of fifty records scales with the CPUs where there is
  no GIL. Types made in C (the encoder that is made for each document, the matches of the expression that skips white
  space) are counted by all threads on 3.13, but only a few times a document; so a document of one record scales less.
- functions: the same. The encoder and the decoder, which all threads share, are touched some dozen times a document,
  however long it is (PEP 703, "Biased reference counting": each touch is an atomic instruction), and hold nothing that
  is written: the dictionary that makes each key once belongs to the call from 3.13 on (gh-111928, Modules/_json.c).
  Coders of one's own are an optimisation that is not worth it.
With the GIL neither scales.

Does not show: files and sockets; other JSON libraries; large numbers and long strings, which are C alone.

How it goes wrong: a document made by the main thread, or one for all, measures the document's reference counts; one
document that is taken for all, though a short one measures the methods around the coder and a long one the coder;
comparing nothing, so that a decoder that returns what it had before, or a coder without its C part, goes unnoticed.

Source: RFC 8259; the document is in the manner of a web service's answer.
"""

import json
import json.decoder
import json.encoder
from itertools import repeat
from operator import length_hint

PARAMS = {
    "coder": {
        "type": "string",
        "enum": ["own", "functions"],
        "default": "functions",
        "description": "A JSONEncoder and a JSONDecoder for each thread, or the functions json.dumps and json.loads.",
    },
    "records": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000,
        "default": 50,
        "description": "Objects in the document's list, with six keys each.",
    },
}
OPERATION = "one document there and back"
OPERATIONS = 1


def setup(threads, *, coder, records):
    assert json.encoder.c_make_encoder, "json has no encoder in C"
    assert json.decoder.scanstring is json.decoder.c_scanstring, "json has no scanner in C"
    return coder, records


def prepare(shared, index):
    coder, records = shared
    if coder == "own":
        dumps, loads = json.JSONEncoder().encode, json.JSONDecoder().decode
    else:
        dumps, loads = json.dumps, json.loads
    # The last items are the text and the document of the last turn, and how many turns there were.
    return [dumps, loads, _document(records, index), None, None, 0]


def _document(records, index):
    """A new one with each call; different threads' differ in one number, of equal length."""
    return {
        "version": 3,
        "thread": 100 + index,
        "records": [
            {
                "id": 100000 + i,
                "name": "record %05d" % i,
                "price": 0.25 + i,
                "valid": i % 2 == 0,
                "parent": None,
                "tags": ["red", "green", "caf\u00e9"],
            }
            for i in range(records)
        ],
    }


def run(own, loops):
    dumps, loads, document, text, copy, _ = own
    turns = repeat(None, loops)
    for _ in turns:
        text = dumps(document)
        copy = loads(text)
    own[3] = text
    own[4] = copy
    own[5] += loops - length_hint(turns)


def check(shared, owns, loops):
    coder, records = shared
    encoders = {id(getattr(own[0], "__self__", own[0])) for own in owns}
    decoders = {id(getattr(own[1], "__self__", own[1])) for own in owns}
    expected = len(owns) if coder == "own" else 1
    assert (len(encoders), len(decoders)) == (expected, expected), "own coders are shared, or shared ones are not"
    for index, (_, _, document, text, copy, turns) in enumerate(owns):
        right = _document(records, index)
        assert turns == loops, "%d documents went there and back instead of %d" % (turns, loops)
        assert document == right, "the document has changed"
        assert text.count('"id": 1') == records, "the text has %d records" % text.count('"id": 1')
        assert copy == right, "another document came back"
        assert copy is not document, "nothing was read back"
