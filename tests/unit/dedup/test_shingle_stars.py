"""Stars of exact sets: against their definition, at the bound, and however the members are cut into calls."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tamis.dedup.shingle_stars import ShingleStars


def add(stars, *members):
    """Return ({(member, centre): J}, members that became centres)."""
    ids = np.array([doc_id for doc_id, _ in members], np.int64)
    sets = [sorted(shingles) for _, shingles in members]
    starts = np.append(3, 3 + np.cumsum([len(shingles) for shingles in sets]))  # three values are not theirs
    values = np.array([0, 0, 0, *itertools.chain(*sets)], np.uint32)
    linked = stars.add(ids, values, starts)
    pairs = zip(linked.src.tolist(), linked.dst.tolist(), linked.jaccard.tolist(), strict=True)
    return {(src, dst): jaccard for src, dst, jaccard in pairs}, ids[linked.centres].tolist()


def by_definition(members, *, threshold, max_centres):
    """The docstring in plain Python."""
    centres, links, last = {}, {}, None
    for doc_id, shingles in members:
        if doc_id == last:
            continue
        last = doc_id
        near = {other: len(shingles & held) / len(shingles | held) for other, held in centres.items() if held}
        near = {(doc_id, other): jaccard for other, jaccard in near.items() if jaccard >= threshold}
        links |= near
        if not near and len(centres) < max_centres:
            centres[doc_id] = shingles
    return links, list(centres)


def test_members_link_at_exactly_the_threshold():
    members = (1, {1, 2, 3, 4}), (2, {1, 2, 3, 9}), (3, {1, 2, 8, 9}), (4, {2, 8, 9})
    # 3/5; 2/6 to the centre, and 2 is none; 3/4
    assert add(ShingleStars(threshold=3 / 5), *members) == ({(2, 1): 3 / 5, (4, 3): 3 / 4}, [1, 3])


def test_sizes_at_exactly_the_threshold_are_looked_at():
    small, large = set(range(7)), set(range(10))  # 0.7 * 10 is 7.000000000000001
    assert add(ShingleStars(threshold=0.7), (1, large), (2, small)) == ({(2, 1): 0.7}, [1])


def test_centres_are_no_more_than_their_bytes_allow():
    stars = ShingleStars(threshold=1.0, max_bytes=12)
    assert add(stars, (1, {1, 2}), (2, {3}), (3, {4}), (4, {4})) == ({}, [1, 2])
    assert add(stars, (9, {3})) == ({(9, 2): 1.0}, [])


sets = st.sets(st.integers(0, 12), max_size=8)


@given(st.lists(st.tuples(st.integers(0, 30), sets), min_size=1, max_size=60), st.integers(1, 5), st.data())
def test_stars_are_those_of_the_definition_in_however_many_calls(members, max_centres, data):
    distinct = dict(members)  # a document has one set
    members = [(doc_id, distinct[doc_id]) for doc_id in dict.fromkeys(doc_id for doc_id, _ in members)]
    members = [member for member in members for _ in range(data.draw(st.integers(1, 2)))]
    threshold = data.draw(st.sampled_from([1 / 3, 0.5, 0.75, 0.8, 1.0]))
    expected = by_definition(members, threshold=threshold, max_centres=max_centres)
    stars = ShingleStars(threshold=threshold, max_centres=max_centres)
    links, centres = {}, []
    while members:
        count = data.draw(st.integers(1, len(members)))
        more, new = add(stars, *members[:count])
        links, centres, members = links | more, centres + new, members[count:]
    assert (links, centres) == expected
