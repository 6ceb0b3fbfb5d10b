"""Goes wrong in one of many ways, each for real.

The C library `endless.so` lies beside this file (tests/data/faults/sample.py compiles it).
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from itertools import repeat
from threading import Barrier, Lock

PARAMS = {
    "fault": {
        "type": "string",
        "enum": [
            "none", "segfault", "abort", "exit_0", "exit_3", "exit_in_setup", "exit_in_thread", "base_exception",
            "interrupt", "deadlock", "endless_c", "endless_check", "thread_dies", "memory", "memory_in_bits",
            "tuple_iterator", "enumerate_iterator", "repeat_iterator", "loud", "loud_without_end", "garbage", "wrong_types", "empty_reply",
            "long_reply", "grandchild", "daemon", "daemon_without_environment", "fork_returns", "stopped",
            "closed_descriptors", "closed_and_hung", "recursion", "recursion_unlimited", "alarm", "signals_ignored",
            "surrogate",
        ],
        "default": "none",
        "description": "what goes wrong",
    }
}  # fmt: skip
LENGTH = 50_000
TURNS = 20
ITERATORS = {
    "tuple_iterator": lambda: iter(tuple(range(LENGTH))),
    "enumerate_iterator": lambda: enumerate([object() for _ in range(LENGTH)]),
    "repeat_iterator": lambda: repeat(None, LENGTH),
}


class Hostile(BaseException):
    """Not an Exception, and without a text."""

    def __str__(self):
        raise SystemExit(4)


class Nested:
    def __repr__(self):
        return repr(self)


def setup(threads, *, fault):
    os.umask(0o77)
    getattr(Setup, fault, int)()
    return {
        "act": share if fault in ITERATORS and threads == 2 else getattr(Run, fault, None),
        "check": getattr(Check, fault, int),
        "threads": threads,
        "locks": (Lock(), Lock()),
        "barrier": Barrier(threads),
        "make": ITERATORS.get(fault),
        "seen": [],
    }


def prepare(shared, index):
    return {"index": index, "done": 0, "shared": shared}


def run(own, loops):
    for _ in repeat(None, loops):
        pass
    own["done"] += loops
    if own["shared"]["act"]:
        own["shared"]["act"](own["index"], own["shared"])


def check(shared, owns, loops):
    shared["check"]()
    assert all(own["done"] == loops for own in owns)
    assert not shared["seen"] or sum(shared["seen"]) % (TURNS * LENGTH) == 0, "items came twice, or not at all"


def share(index, shared):
    """Two threads take items of one iterator: safe with a GIL, and not without one."""
    for _ in range(TURNS):
        if index == 0:
            shared["iterator"] = shared["make"]()
        shared["barrier"].wait()
        held = []
        for item in shared["iterator"]:
            held.append(item)
        shared["seen"].append(len(held))
        shared["barrier"].wait()


def reply_descriptor():
    """Where the worker's reply goes: the one file that was its stdout and is not stdout any more."""
    for descriptor in range(3, 100):
        try:
            if os.readlink("/proc/self/fd/%d" % descriptor).startswith("/memfd:fteng-out"):
                return descriptor
        except OSError:
            pass
    raise LookupError


def sleep():
    time.sleep(1000)


def reached():
    """Say, in a file beside this one, that what never ends begins now."""
    open(os.path.join(os.path.dirname(__file__), "reached"), "w").close()


class Setup:
    """In the main thread, before anything is timed."""

    def exit_in_setup():
        sys.exit(3)

    def loud():
        print("x" * (1 << 20))
        os.write(1, b"y" * (1 << 20))

    def garbage():
        os.write(reply_descriptor(), b"garbage")

    def long_reply():
        for _ in range(65):
            os.write(reply_descriptor(), b" " * (1 << 20))

    def grandchild():
        if os.fork() == 0:
            sleep()

    def fork_returns():
        os.fork()

    def daemon():
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.closerange(0, 100)
                sleep()
            os._exit(0)

    def daemon_without_environment():
        program = "import time; time.sleep(1000)"
        subprocess.Popen([sys.executable, "-c", program, __file__], env={}, start_new_session=True, cwd="/")

    def signals_ignored():
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


class Run:
    """In each thread, timed."""

    def segfault(index, shared):
        ctypes.string_at(0)

    def abort(index, shared):
        os.abort()

    def exit_0(index, shared):
        os._exit(0)

    def exit_3(index, shared):
        os._exit(3)

    def exit_in_thread(index, shared):
        sys.exit(5)

    def base_exception(index, shared):
        raise Hostile

    def surrogate(index, shared):
        raise ValueError("half a pair: \ud800\nand a second line")

    def interrupt(index, shared):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)

    def deadlock(index, shared):
        if shared["threads"] == 2:
            with shared["locks"][index]:
                shared["barrier"].wait()
                reached()
                shared["locks"][1 - index].acquire()

    def endless_c(index, shared):
        reached()
        ctypes.PyDLL(os.path.join(os.path.dirname(__file__), "endless.so")).endless()

    def thread_dies(index, shared):
        if shared["threads"] == 2 and index:
            ctypes.CDLL(None).pthread_exit(None)

    def memory(index, shared):
        held = []
        while True:
            held.append(bytearray(1 << 24))

    def memory_in_bits(index, shared):
        held = None
        while True:
            held = [held] * 100

    def loud_without_end(index, shared):
        while True:
            os.write(1, b"x" * (1 << 20))

    def wrong_types(index, shared):
        os.write(reply_descriptor(), b'{"teams": 7, "gil": "no", "rss": [], "switch_interval": null}')
        os._exit(0)

    def empty_reply(index, shared):
        os.write(reply_descriptor(), b'{"teams": [], "gil": [], "rss": 0, "switch_interval": 1}')
        os._exit(0)

    def stopped(index, shared):
        reached()
        os.kill(os.getpid(), signal.SIGSTOP)
        sleep()

    def closed_descriptors(index, shared):
        os.closerange(0, 4096)

    def closed_and_hung(index, shared):
        reached()
        os.closerange(0, 4096)
        sleep()

    def recursion(index, shared):
        Run.recursion(index, shared)

    def recursion_unlimited(index, shared):
        sys.setrecursionlimit(1 << 30)
        repr(Nested())

    def alarm(index, shared):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        sleep()

    def signals_ignored(index, shared):
        reached()
        sleep()


class Check:
    """In the main thread, after measuring."""

    def endless_check():
        reached()
        while True:
            pass
