"""A kernel's file -> a module with a `run`, as an import from a .pyc makes it; times nothing."""

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False  # as `typing` has it, without importing it
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from engine.child.faults import fault
else:
    from faults import fault


def load(path: str, parameters: dict[str, Any]) -> ModuleType:
    """The kernel as a module object with a `run`, executed from its file without writing or reading a cache."""
    kernel = type(sys)("kernel")
    kernel.__file__ = path
    sys.modules["kernel"] = kernel
    sys.path.append(os.path.dirname(path))  # a kernel may import its neighbours; the standard library comes first
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec")
        # As an import from a .pyc does. Of an explicit compile() a free-threaded build leaves the constants mortal
        # (gh-118527, Python/bltinmodule.c): threads would share their counts (docs/decisions/0005-...).
        exec(marshal.loads(marshal.dumps(code)), kernel.__dict__)  # noqa: S102, S302 - running it is the purpose
        if hasattr(kernel, "choose"):
            vars(kernel)["run"] = kernel.choose(**parameters)
    except BaseException:
        raise fault("error", "loading the kernel")
    return kernel
