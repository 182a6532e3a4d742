"""Documents whose shingle sets are equal -> groups that the smallest doc_id stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tamis.dedup.buckets import in_company, run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SET_DTYPES = ("<i8", "<i8", "<i8")  # as `members_of` takes them


def members_of(
    shingle_set: NDArray[np.int64], others: NDArray[np.int64], doc_id: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the members of each group but the smallest one, and for each of them that one.

    Args:
        shingle_set: Shape (n,): a hash of the document's set.
        others: Shape (n,): a second one, so that 128 bits decide.
        doc_id: Shape (n,); one that is repeated counts once.

    Returns:
        doc_id: Shape (m,), of groups in the order of their hashes, ascending within.
        representative: Shape (m,).

    Example:
        >>> sets, others = np.array([5, 6, 5, 5]), np.array([1, 1, 1, 2])
        >>> [ids.tolist() for ids in members_of(sets, others, np.array([9, 3, 4, 1]))]
        [[9], [4]]
    """
    shared = in_company(shingle_set)
    sets, rest, ids = shingle_set[shared], others[shared], doc_id[shared]
    order = np.lexsort((ids, rest, sets))
    sets, rest, ids = sets[order], rest[order], ids[order]
    places = np.where(run_starts(sets, rest), np.arange(len(ids)), 0)
    first = ids[np.maximum.accumulate(places)]
    is_member = (ids != first) & run_starts(ids)
    return ids[is_member], first[is_member]
