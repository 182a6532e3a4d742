"""Compiled loops over Arrow buffers: how they are declared, compiled and cached, and how text reaches them.

A kernel is a Python function that numba compiles for one declared signature, without the interpreter's lock.
It is compiled at its first call, not at import: importing numba and one kernel costs a second, and `tamis
--help` needs neither. The machine code is kept on disk (see `kernel_cache`): a second worker only loads it.
"""

from __future__ import annotations

import functools
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

F = TypeVar("F", bound="Callable[..., Any]")

# Arrow's buffers are read-only and a signature has to say so; writable arrays fit these types too.
READ_U8 = "Array(uint8, 1, 'C', True)"
READ_U32 = "Array(uint32, 1, 'C', True)"
READ_U64 = "Array(uint64, 1, 'C', True)"
READ_I64 = "Array(int64, 1, 'C', True)"

_LOCK = RLock()


class Kernel:
    """A function that is compiled at its first use, alone or inside another kernel.

    Attributes:
        py_func: The function as written.
        signatures: numba signatures; none: compiled for the types of whichever kernel calls it.
    """

    def __init__(self, py_func: Callable[..., Any], signatures: tuple[str, ...]) -> None:
        self.py_func = py_func
        self.signatures = signatures
        self._dispatcher: Any = None
        functools.update_wrapper(self, py_func)

    def __call__(self, *args: Any) -> Any:
        """Run the compiled function."""
        return (self._dispatcher or self.dispatcher)(*args)

    def __reduce__(self) -> str:
        """Travel to Spark's workers by name, as a module's function does."""
        return self.py_func.__qualname__

    @property
    def dispatcher(self) -> Any:
        """Numba's own object, compiled for the declared signatures."""
        with _LOCK:
            if self._dispatcher is None:
                from tamis import kernel_cache

                self._dispatcher = kernel_cache.compiled(self)
        return self._dispatcher

    @property
    def _numba_type_(self) -> Any:
        """What numba asks of a global that it meets inside another kernel."""
        return self.dispatcher._numba_type_


def kernel(*signatures: str) -> Callable[[F], F]:
    """Declare a compiled function.

    Indices are not checked. Integer division by zero is undefined and float division by zero gives inf or
    NaN, as in NumPy: guard both.

    Args:
        *signatures: numba signatures such as ``f"int64({READ_U8}, int64)"``; none for a helper that
            only other kernels call.

    Example:
        >>> @kernel("int64(int64)")
        ... def double(number: int) -> int:
        ...     return 2 * number
        >>> double(21)
        42
    """

    def wrap(function: F) -> F:
        return cast("F", Kernel(function, signatures))

    return wrap


def utf8_buffers(array: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    r"""Return the bytes of an Arrow string array and where each text lies in them.

    Text ``i`` is ``data[offsets[i]:offsets[i + 1]]``. Nothing is copied but the (32-bit) offsets of a
    ``string`` array. A null is an empty range; `validity` tells it from an empty text.

    Args:
        array: ``string`` or ``large_string``, possibly a slice.

    Returns:
        data: Shape (bytes,), UTF-8; the whole buffer, also what lies outside a slice.
        offsets: Shape (n + 1,), not decreasing; need not begin at 0.

    Raises:
        TypeError: The array holds no strings.

    Example:
        >>> import pyarrow as pa
        >>> data, offsets = utf8_buffers(pa.array(["tamis", None, "à"]))
        >>> offsets.tolist(), bytes(data[offsets[2] : offsets[3]])
        ([0, 5, 5, 7], b'\xc3\xa0')
    """
    import numpy as np
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        raise TypeError(f"expected a string or large_string array, got {array.type}")
    offsets = _offsets(array)
    # Arrow lets a null cover any bytes; writers that do so are rare, so only then is the text copied.
    if array.null_count and np.any(np.diff(offsets)[~validity(array)]):
        array = array.fill_null("")
        offsets = _offsets(array)
    buffer = array.buffers()[2]
    data = np.empty(0, dtype=np.uint8) if buffer is None else np.frombuffer(buffer, dtype=np.uint8)
    return data, offsets


def validity(array: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """Return shape (n,): False where the array holds a null."""
    return cast("NDArray[np.bool_]", array.is_valid().to_numpy(zero_copy_only=False))


def _offsets(array: pa.Array) -> NDArray[np.int64]:
    import numpy as np
    import pyarrow as pa

    wide = pa.types.is_large_string(array.type)
    buffer = array.buffers()[1]
    if buffer is None or buffer.size == 0:  # Arrow allows it for an array of length 0
        return np.zeros(1, dtype=np.int64)
    offsets = np.frombuffer(buffer, dtype=np.int64 if wide else np.int32)
    return offsets[array.offset : array.offset + len(array) + 1].astype(np.int64, copy=False)
