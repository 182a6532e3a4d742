"""Where compiled kernels are kept between processes. Imports numba: only `kernels.Kernel` loads this module.

numba's own cache fits no cluster: run from a zip without a writable home it raises instead of compiling
in memory, and it misses an edited helper of another file. Here an entry is named by a digest of the kernel's
code, of the constants it uses and of the helpers it calls; numba adds the signature, its own version and the
processor. Without a writable folder kernels are compiled once per process.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba as _numba
import numpy as np
from numba.core import caching as _caching

from tamis.kernels import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType


numba: Any = _numba  # its stubs lack what is used here
caching: Any = _caching


def compiled(kernel: Kernel) -> Any:
    """Return numba's dispatcher for a kernel, compiled (or loaded) for each declared signature."""
    dispatcher = numba.njit(nogil=True, error_model="numpy")(kernel.py_func)
    if not kernel.signatures:
        return dispatcher
    folder = cache_folder()
    if folder is not None:  # enable_caching() gives no choice of folder
        dispatcher._cache = _cache(folder, kernel)  # noqa: SLF001
    for signature in kernel.signatures:
        dispatcher.compile(signature)
    dispatcher.disable_compile()  # a call with other types is a mistake, not a reason to compile for a second
    return dispatcher


@functools.lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """Return the first safe, writable folder of: NUMBA_CACHE_DIR, the user's cache, the temporary one.

    numba unpickles what it finds, so a folder that another user could write is passed over.
    """
    return next((folder for folder in _candidates() if _is_private(folder)), None)


def _candidates() -> Iterator[Path]:
    if numba.config.CACHE_DIR:
        yield Path(numba.config.CACHE_DIR) / "tamis"
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - Path raises without a home
    if os.path.isabs(home):  # noqa: PTH117
        yield Path(home) / "tamis"
    yield Path(tempfile.gettempdir()) / f"tamis-kernels-{os.getuid()}"


def _is_private(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def code_digest(kernel: Kernel) -> str:
    """Return a digest of all that shapes a kernel's machine code: its code, constants and helpers."""
    digest = hashlib.sha256()
    for part in _parts(kernel, set()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()[:24]


def _parts(kernel: Kernel, seen: set[int]) -> Iterator[str]:
    if id(kernel) in seen:
        return
    seen.add(id(kernel))
    function = kernel.py_func
    yield function.__module__  # the cached object is loaded by this name
    yield from _code_parts(function.__code__)
    yield from kernel.signatures
    for name in sorted(function.__code__.co_names):
        value = function.__globals__.get(name)
        if isinstance(value, Kernel):
            yield from _parts(value, seen)
        elif isinstance(value, int | float | str | tuple | np.generic):
            yield f"{name}={value!r}"


def _code_parts(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names + code.co_varnames)
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from _code_parts(constant)
        else:
            yield repr(constant)


def _cache(folder: Path, kernel: Kernel) -> Any:
    digest = code_digest(kernel)

    class Locator(caching._CacheLocator):  # noqa: SLF001 - numba's extension point
        def get_cache_path(self) -> str:
            return str(folder)

        def get_source_stamp(self) -> str:
            return digest

        def get_disambiguator(self) -> str:
            return digest

        @classmethod
        def from_function(cls, _function: Callable[..., Any], _file: str) -> Any:
            return cls()

    class Implementation(caching.CompileResultCacheImpl):
        _locator_classes = (Locator,)

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

        def save_overload(self, signature: Any, result: Any) -> None:
            with contextlib.suppress(OSError):  # a full disk costs a second a process, not the run
                super().save_overload(signature, result)

    return Cache(kernel.py_func)
