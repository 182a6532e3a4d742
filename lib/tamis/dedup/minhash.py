"""Texts to MinHash signatures: k numbers that estimate the Jaccard similarity of two shingle sets.

Broder, "On the resemblance and containment of documents", SEQUENCES 1997. Two documents agree in one place of
their signatures with probability J, so the share of equal places has the mean J and the standard error
sqrt(J (1 - J) / k): 0.025 at J = 0.8, k = 256.

Hash family: h(x) = (a x + b) mod 2**32 with a odd, over 32-bit keys that are themselves mixed hashes. Each h
is a permutation of the keys, so no two shingles tie; and since the keys of different shingles are random, the
smallest is as likely to be any of them whatever a and b are, which makes each place unbiased. What a weak
family could lose is the independence of the places: for two functions to agree in more than chance needs
their multipliers and their addends to be related, and these are drawn at random. Over 20,000 planted pairs at
J = 0.5, 0.7 and 0.9 bias and spread are those of independent permutations (``tests/oracle/dedup``). The
family costs one multiplication of 32 bits a shingle and place: 0.035 ns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.dedup.packed import packed_matrix, packed_values
from tamis.dedup.shingle_kernel import (
    COUNT,
    SEEN_FLAGS,
    SUM,
    TALLY_FIELDS,
    shingle_document,
    shingle_scratch,
)
from tamis.dedup.shingles import check_ngram, denormalized
from tamis.kernels import READ_I64, READ_U8, READ_U32, kernel, utf8_buffers
from tamis.unicode_tables import char_class, lower_map

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

MAX_HASHES = 4096
CHANCE = 1 / 256  # that the low bytes of two values that differ are equal


@dataclass(frozen=True, slots=True)
class MinHashParams:
    """What shapes a signature; signatures made with different ones cannot be compared.

    Attributes:
        num_hashes: k, the places of a signature, 1 .. 4096.
        ngram: Tokens in a shingle, 1 .. 512.
        seed: Of the hash family.

    Raises:
        ValueError: A number is out of its range.
    """

    num_hashes: int = 256
    ngram: int = 5
    seed: int = 20260801

    def __post_init__(self) -> None:
        if not 1 <= self.num_hashes <= MAX_HASHES:
            raise ValueError(f"num_hashes must be 1 .. {MAX_HASHES}, got {self.num_hashes}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, got {self.seed}")
        check_ngram(self.ngram)

    def family(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return multipliers (odd) and addends, both of shape (k,).

        A family of more functions begins with those of a smaller one of the same seed.
        """
        # PCG64 streams and raw 64-bit draws are stable over NumPy's versions; `Generator.integers` is not
        # promised to be.
        raw = np.random.PCG64(self.seed).random_raw(self.num_hashes)
        return (raw >> np.uint64(32)).astype(np.uint32) | np.uint32(1), raw.astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Signatures:
    """One row a text.

    Attributes:
        signature: ``large_binary``: k MinHash values, uint32 little-endian; null under ``ngram`` tokens.
        shingle_count: int32, distinct shingles; 0 where there is no signature.
        shingle_set: int64, equal for equal sets of shingles in whatever order; null where there is no
        signature.
    """

    signature: pa.Array
    shingle_count: pa.Array
    shingle_set: pa.Array


def signatures(texts: pa.Array, params: MinHashParams) -> Signatures:
    """Return the signatures of texts.

    Args:
        texts: Shape (n,), ``string`` or ``large_string``, nulls allowed; normalised to NFC where it is not.
        params: The run's parameters.

    Returns:
        n rows. A null, empty or one-word text has no signature, so that such texts never meet.

    Example:
        >>> import pyarrow as pa
        >>> texts = pa.array(["One two three four five", "one, two: three (four) FIVE!", "one"])
        >>> made = signatures(texts, MinHashParams())
        >>> a, b, c = made.signature.to_pylist()
        >>> len(a), a == b, c, made.shingle_count.to_pylist()
        (1024, True, None, [1, 1, 0])
    """
    import pyarrow as pa

    family = params.family()
    matrix = np.empty(
        (len(texts), params.num_hashes), np.uint32
    )  # pages of texts without signature stay untouched
    tallies = np.zeros((len(texts), TALLY_FIELDS), np.uint64)
    _fill(texts, np.arange(len(texts)), params.ngram, family, matrix, tallies)
    rows, fixed = denormalized(texts, tallies[:, SEEN_FLAGS])
    _fill(fixed, rows, params.ngram, family, matrix, tallies)
    counts = tallies[:, COUNT].astype(np.int64)
    sums = np.ascontiguousarray(tallies[:, SUM]).view(np.int64)
    return Signatures(
        signature=packed_matrix(matrix, counts > 0),
        shingle_count=pa.array(np.minimum(counts, np.iinfo(np.int32).max).astype(np.int32)),
        shingle_set=pa.array(sums, mask=counts == 0),
    )


def signature_matrix(signature: pa.Array, num_hashes: int) -> NDArray[np.uint32]:
    """Return packed signatures as shape (n, k), a read-only view of the Arrow buffer.

    Args:
        signature: Shape (n,), ``binary`` or ``large_binary`` of k uint32 each, without nulls.
        num_hashes: k.

    Raises:
        ValueError: A signature is null or of another length: it was made with other parameters.
    """
    return _matrix(signature, num_hashes, "<u4")


def byte_matrix(signature: pa.Array, num_hashes: int) -> NDArray[np.uint8]:
    """Return stored signatures, the low byte of each value, as `signature_matrix` does.

    Args:
        signature: Shape (n,), ``binary`` or ``large_binary`` of k bytes each, without nulls.
        num_hashes: k.

    Raises:
        ValueError: as `signature_matrix`.
    """
    return _matrix(signature, num_hashes, "u1")


def low_bytes(matrix: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return what is stored of signatures: the low byte of each value.

    Li and Koenig, "b-Bit Minwise Hashing", WWW 2010: a quarter of the bytes, for which 1 in 256 places that
    differ look equal; `similarity_of` takes that off, and the standard error grows by 1 in 400 (J = 0.8).

    Args:
        matrix: Shape (n, k).
    """
    return matrix.astype(np.uint8)


def similarity_of(equal_share: Any) -> Any:
    """Return the unbiased estimate of J from the share of places whose low bytes are equal.

    Example:
        >>> similarity_of(1.0), similarity_of(CHANCE)
        (1.0, 0.0)
    """
    return (equal_share - CHANCE) / (1 - CHANCE)


def equal_share_of(similarity: float) -> float:
    """Return the share of places whose low bytes are equal, on average, at a similarity."""
    return CHANCE + (1 - CHANCE) * similarity


def _matrix(signature: pa.Array, num_hashes: int, dtype: str) -> NDArray[Any]:
    import pyarrow.compute as pc

    width = num_hashes * np.dtype(dtype).itemsize
    if not pc.all(pc.equal(pc.binary_length(signature).fill_null(-1), width), min_count=0).as_py():
        raise ValueError(f"expected signatures of {num_hashes} hashes ({width} bytes) without nulls")
    values, _ = packed_values(signature, dtype)
    return values.reshape(len(signature), num_hashes)


def _fill(  # noqa: PLR0917 - arrays to be filled come last
    texts: pa.Array,
    rows: NDArray[np.int64],
    ngram: int,
    family: tuple[NDArray[np.uint32], NDArray[np.uint32]],
    matrix: NDArray[np.uint32],
    tallies: NDArray[np.uint64],
) -> None:
    data, offsets = utf8_buffers(texts)
    _fill_signatures(data, offsets, rows, ngram, char_class(), lower_map(), *family, matrix, tallies)


@kernel(
    f"void({READ_U8}, {READ_I64}, {READ_I64}, int64, {READ_U8}, {READ_U32}, {READ_U32}, {READ_U32},"
    " uint32[:, ::1], uint64[:, ::1])"
)
def _fill_signatures(  # noqa: PLR0917
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.int64],
    ngram: int,
    flags: NDArray[np.uint8],
    lower: NDArray[np.uint32],
    multipliers: NDArray[np.uint32],
    addends: NDArray[np.uint32],
    matrix: NDArray[np.uint32],
    tallies: NDArray[np.uint64],
) -> None:
    """Write the signature and tally of text i to row ``rows[i]``."""
    scratch: Any = shingle_scratch()
    tables, family = (flags, lower), (multipliers, addends)
    for index in range(len(rows)):
        row = rows[index]
        start, end = offsets[index], offsets[index + 1]
        shingle_document(data, start, end, ngram, tables, scratch, family, tallies[row], matrix[row])
