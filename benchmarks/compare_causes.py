"""Why two deduplications of the same documents remove different ones, for compare.py.

A document is named by its row. Causes of what only the peer removes:

    no shingles        under five tokens, by tamis's or the peer's
    missed by tamis    a member of the cluster is similar, and tamis keeps both
    another copy kept  similar to the copy that the peer keeps, which tamis removes
    chain              similar to another member only, not to the copy that stays
    no copy kept       the peer removes the whole cluster
    other tokens       similar only by what the peer compares
    not similar        to no member, by either: candidates that nothing checked

Of what only tamis removes: another copy kept, other tokens, and

    missed by its bands  similar by the peer's tokens too
    estimate of tamis    below the threshold: accepted by its signature
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


class Documents(NamedTuple):
    """A set of documents and what tamis does with it.

    Attributes:
        ids: Of the file.
        shingles: For each document its set of word 5-grams, hashed.
        kept: {document that leaves: the one that stays for it}.
        connected: Documents that leave with ``clusters: connected``.
    """

    name: str
    ids: list[str]
    shingles: Sequence[np.ndarray]
    kept: dict[int, int]
    connected: int


class Peer(NamedTuple):
    """What a peer does with the documents.

    Attributes:
        members: For each document its cluster's documents, itself among them.
        kept: Whether a document stays.
        shingles: For each document the set of hashes that the peer compares.
    """

    members: list[list[int]]
    kept: list[bool]
    shingles: Sequence[np.ndarray]


class Difference(NamedTuple):
    """A document that one side removes: why, beside which document, how similar by either's words."""

    row: int
    cause: str
    beside: int | None
    jaccard: float
    peer_jaccard: float


def only_by_peer(row: int, documents: Documents, peer: Peer, threshold: float) -> Difference:
    """Return why a peer removes what tamis keeps."""
    others = [other for other in peer.members[row] if other != row]
    stays = [other for other in others if peer.kept[other]]
    close, close_to_peer = (
        [other for other in others if jaccard(side.shingles, row, other) >= threshold]
        for side in (documents, peer)
    )
    if not (len(documents.shingles[row]) and len(peer.shingles[row])):
        cause, among = "no shingles", others
    elif missed := [other for other in close if other not in documents.kept]:
        cause, among = "missed by tamis", missed
    elif kept := [other for other in close if peer.kept[other]]:
        cause, among = "another copy kept", kept
    elif close:
        cause, among = "chain" if stays else "no copy kept", close
    elif close_to_peer:
        cause, among = "other tokens", close_to_peer
    else:
        cause, among = "not similar", others
    beside = max(among, key=lambda other: jaccard(documents.shingles, row, other), default=None)
    return measured(row, cause, beside, documents, peer)


def only_by_tamis(row: int, documents: Documents, peer: Peer, threshold: float) -> Difference:
    """Return why tamis removes what a peer keeps."""
    keeper = documents.kept[row]
    found = measured(row, "missed by its bands", keeper, documents, peer)
    if found.jaccard < threshold:
        return found._replace(cause="estimate of tamis")
    if keeper in peer.members[row]:
        return found._replace(cause="another copy kept")
    if found.peer_jaccard < threshold:
        return found._replace(cause="other tokens")
    return found


def measured(row: int, cause: str, beside: int | None, documents: Documents, peer: Peer) -> Difference:
    if beside is None:
        return Difference(row, cause, None, 0.0, 0.0)
    similarities = (jaccard(side.shingles, row, beside) for side in (documents, peer))
    return Difference(row, cause, beside, *similarities)


def jaccard(shingles: Sequence[np.ndarray], a: int, b: int) -> float:
    """Return the Jaccard similarity of two sets; 0 where one is empty."""
    common = len(np.intersect1d(shingles[a], shingles[b], assume_unique=True))
    both = len(shingles[a]) + len(shingles[b]) - common
    return common / both if both else 0.0
