"""Runs inside a candidate interpreter and prints what that interpreter is, as one line of JSON; knows nothing of fteng.

Stdlib only and valid on Python 3.6, so that an interpreter too old for fteng can still say so. Every fact is asked of
the interpreter, none is parsed from a path; words that name a place of this machine are left out.
"""

import json
import os
import sys
import sysconfig

SUFFIXES = {"alpha": "a", "beta": "b", "candidate": "rc"}
IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}
FLAGS = ("CONFIGURE_CFLAGS", "PY_CORE_CFLAGS", "PY_CFLAGS", "PY_CORE_LDFLAGS", "PY_LDFLAGS", "BASECFLAGS", "LDFLAGS")


def version() -> str:
    """As `3.13.5`, with a suffix for pre-releases (`3.14.0rc1`)."""
    major, minor, micro, level, serial = sys.version_info[:5]
    release = "%d.%d.%d" % (major, minor, micro)
    return release + SUFFIXES[level] + str(serial) if level in SUFFIXES else release


def variable(name: str) -> str:
    """A variable of the build as text, "" where the build does not have it."""
    value = sysconfig.get_config_var(name)
    return "" if value is None else str(value)


def placeless(words: str) -> str:
    """The words that name no folder, in their order."""
    return " ".join(word for word in words.split() if "/" not in word)


def arguments() -> str:
    """What `configure` was called with, option by option, without the places."""
    return " ".join(word.strip("' ") for word in variable("CONFIG_ARGS").split("' '") if "/" not in word)


def switched_on(option: str, configured: str) -> bool:
    """Whether `configure` was called with this option, and not with its `=no`."""
    return any(
        word == option or word.startswith((option + "=yes", option + "=full", option + "=thin"))
        for word in configured.split()
    )


def facts() -> "dict[str, object]":
    """Everything that `model.Interpreter` holds of an interpreter, but its names."""
    configured = arguments()
    flags = " ".join(map(variable, FLAGS))
    free_threaded = variable("Py_GIL_DISABLED") == "1"
    return {
        "version": version(),
        "implementation": IMPLEMENTATIONS.get(sys.implementation.name, sys.implementation.name),
        "free_threaded": free_threaded,
        "gil_option": free_threaded and sys.version_info >= (3, 13),
        "debug": hasattr(sys, "gettotalrefcount") or variable("Py_DEBUG") == "1",
        "optimized": switched_on("--enable-optimizations", configured)
        or "-fprofile-use" in flags
        or "-fprofile-instr-use" in flags,
        "lto": switched_on("--with-lto", configured) or "-flto" in flags,
        "jit": "--enable-experimental-jit" in configured and "--enable-experimental-jit=no" not in configured,
        "shared": variable("Py_ENABLE_SHARED") == "1",
        "compiler": sys.version[sys.version.rfind("[") + 1 : sys.version.rfind("]")].strip(),
        "config_args": configured,
        "cflags": placeless(variable("CFLAGS")),
        "machine": os.uname().machine if hasattr(os, "uname") else "",
        "virtual": sys.prefix != sys.base_prefix,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()) + "\n")
