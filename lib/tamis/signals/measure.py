"""Texts to the signals of several families: one pass over the bytes for all that are counted there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.kernels import utf8_buffers
from tamis.signals.language import language_columns
from tamis.signals.registry import FAMILIES, family_table
from tamis.unicode_tables import char_class

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_COUNTED = ("length", "gopher_quality", "gopher_repetition")  # in the order of the kernel's columns
_ARROW_NAMES = {"INT": "int32", "DOUBLE": "float64", "STRING": "string"}


def measure(texts: pa.Array | pa.ChunkedArray, families: Sequence[str]) -> pa.RecordBatch:
    r"""Return the signals of each text, a column a signal, families in the order given.

    Args:
        texts: ``string`` or ``large_string``; a null counts as an empty text.
        families: Names in the registry.

    Returns:
        As many rows as texts. A ratio that has nothing to divide by is null.

    Raises:
        ConfigError: A family is unknown.

    Example:
        >>> import pyarrow as pa
        >>> measure(pa.array(["One two.\n\nThree."]), ["length"]).to_pylist()
        [{'length_chars': 16, 'length_bytes': 16, 'word_count': 3, 'line_count': 2, 'paragraph_count': 2}]
    """
    import pyarrow as pa

    for family in families:
        family_table(family)  # refuses an unknown one
    columns: dict[str, pa.Array] = {}
    if set(families) & set(_COUNTED):
        columns |= _counted(texts, families)
    if "language" in families:
        columns |= language_columns(texts)
    names = [signal.name for family in families for signal in FAMILIES[family]]
    return pa.RecordBatch.from_arrays([columns[name] for name in names], names)


def signals_of_texts(texts: Sequence[str], families: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the signals of each text as a mapping; by default of all families."""
    import pyarrow as pa

    rows: list[dict[str, Any]] = measure(
        pa.array(texts, pa.large_string()), list(FAMILIES if families is None else families)
    ).to_pylist()
    return rows


def _counted(texts: pa.Array | pa.ChunkedArray, families: Sequence[str]) -> dict[str, pa.Array]:
    """Return all signals of the families that share the pass, asked for or not: they cost nothing more."""
    import numpy as np

    from tamis.signals.text_pass import text_numbers

    data, offsets = utf8_buffers(texts)
    repetition = "gopher_repetition" in families
    numbers = text_numbers(data, np.ascontiguousarray(offsets), char_class(), repetition)
    signals = [signal for family in _COUNTED for signal in FAMILIES[family]]
    return {signal.name: _column(numbers[:, place], signal.type) for place, signal in enumerate(signals)}


def _column(values: NDArray[np.float64], ddl: str) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    missing = np.isnan(values)
    if ddl == "INT":
        values = np.where(missing, 0, values).astype(np.int32)
    return pa.array(values, pa.type_for_alias(_ARROW_NAMES[ddl]), mask=missing)
