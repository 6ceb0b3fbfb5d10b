"""Threads hand small tasks to a pool of threads: one by one, by map, or all in one, or call them themselves.

Stresses: concurrent.futures.ThreadPoolExecutor: a Future with its condition for each task, the pool's queue and locks,
and waking the thread that works. Each turn does sixteen tasks that do next to nothing.

Expect:
- call: the same tasks called directly; the control. Scales with the CPUs where there is no GIL, and not with it.
- submit, map: about a hundred times the time of a call. `map` submits each item like `submit` does, and its argument
  chunksize is for processes only (Lib/concurrent/futures/_base.py), so the two cost alike.
- chunk: one task that calls the sixteen. One hand-over for all of them: the remedy. It saves less than fifteen parts
  of sixteen, for submitted tasks, too, wake the worker and their thread about once a turn; what is saved is the Future
  and the locks of each.
- Pools of one's own do not scale as calls do, even where there is no GIL. A thread and its pool are two threads, so one
  thread alone keeps up to two CPUs busy; and `submit` holds a lock that is one for all pools (_global_shutdown_lock in
  Lib/concurrent/futures/thread.py).
- One pool for all threads (`pool: shared`, with as many workers) adds one queue and one more lock to that.

Does not show: pools of processes; tasks that wait for input or output, which is what pools are good for; starting a
pool's threads, which is done beforehand.

How it goes wrong: a pool made for each turn measures starting threads; one result asked for after each submit measures
waking only; a task that is long hides all of it; timing `submit` without the results measures a queue that grows.

This kernel starts threads, which a kernel should not, for they are its subject: a pool's workers, each started before
anything is timed and ended by `check`. They wait, and use no CPU, while other numbers of threads are timed.

Source: PEP 3148; B. Goetz and others, "Java Concurrency in Practice" (2006), chapter 8, on the size of tasks.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from threading import Barrier

PARAMS = {
    "via": {
        "type": "string",
        "enum": ["call", "submit", "map", "chunk"],
        "default": "submit",
        "description": (
            "How tasks are done: called directly, submitted one by one before the first result is asked for, given to "
            "the pool's map, or submitted as one task that calls all."
        ),
    },
    "pool": {
        "type": "string",
        "enum": ["own", "shared"],
        "default": "own",
        "description": "A pool of one worker for each thread, or one pool with as many workers as there are threads.",
    },
}
OPERATION = "one task"
OPERATIONS = 16

TASKS = tuple(range(1, OPERATIONS + 1))


def task(number):
    return number


def chunk(numbers):
    return [task(number) for number in numbers]


def setup(threads, *, via, pool):
    return {"threads": threads, "pool": _pool(threads) if pool == "shared" else None}


def _pool(workers):
    """A pool whose workers run and wait for tasks: each has met all others once."""
    pool = ThreadPoolExecutor(workers)
    met = Barrier(workers)
    for started in [pool.submit(met.wait) for _ in range(workers)]:
        started.result()
    return pool


def prepare(shared, index):
    # Own pools are made here, by the thread that uses them; the last item is the sum of all results.
    return [shared["pool"] or _pool(1), 0]


def choose(*, via, pool):
    return {"call": by_call, "submit": by_submit, "map": by_map, "chunk": by_chunk}[via]


def by_call(own, loops):
    total, tasks = own[1], list(TASKS)
    for _ in repeat(None, loops):
        for number in tasks:
            total += task(number)
    own[1] = total


def by_submit(own, loops):
    pool, total = own
    tasks = list(TASKS)
    submit = pool.submit
    for _ in repeat(None, loops):
        futures = []
        for number in tasks:
            futures.append(submit(task, number))  # noqa: PERF401 - a comprehension would load through cells
        for future in futures:
            total += future.result()
    own[1] = total


def by_map(own, loops):
    pool, total = own
    tasks = list(TASKS)
    apply = pool.map
    for _ in repeat(None, loops):
        for result in apply(task, tasks):
            total += result
    own[1] = total


def by_chunk(own, loops):
    pool, total = own
    tasks = list(TASKS)
    submit = pool.submit
    for _ in repeat(None, loops):
        for result in submit(chunk, tasks).result():
            total += result
    own[1] = total


def check(shared, owns, loops):
    one, threads = shared["pool"], shared["threads"]
    pools = {id(pool): pool for pool, _ in owns}
    for pool in pools.values():
        pool.shutdown()
    assert list(pools) == [id(one)] if one else len(pools) == len(owns), "pools are shared that should not, or not"
    workers = [len(pool._threads) for pool in pools.values()]  # noqa: SLF001 - there is no other way to count them
    assert workers == ([threads] if one else [1] * threads), "there are %s workers" % workers
    expected = loops * sum(TASKS)
    for _, total in owns:
        assert total == expected, "the results add up to %d instead of %d" % (total, expected)
