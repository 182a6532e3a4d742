"""Damaged web archives: whatever is done to the bytes, all of them and all records are accounted for."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from tests.unit.io.archives import PACKINGS, packed, record, response

from tamis.io.readers import FailedRange, InputFile, Record, Skipped, read_input

MUTANTS = 60  # of each packing: 3 s


def archive(how, seed):
    noise = random.Random(seed).randbytes
    records = [
        record(n, noise(200 * n), ("resource", "request", "conversion")[n % 3])
        if n % 2
        else response(n, noise(90 * n), ("200 OK", "404 No")[n % 4 == 0])
        for n in range(1, 30)
    ]
    return packed(records, how)


def mutated(data, seed):
    """Flip, cut out, repeat, or overwrite a few stretches."""
    dice = random.Random(seed)
    mutant = bytearray(data)
    for _ in range(dice.randrange(1, 5)):
        place, size = dice.randrange(len(mutant)), dice.choice((1, 3, 100, 3000))
        match dice.randrange(5):
            case 0:
                mutant[place] ^= 1 << dice.randrange(8)
            case 1:
                del mutant[place : place + size]
            case 2:
                mutant[place:place] = mutant[max(0, place - size) : place]
            case 3:
                mutant[place : place + size] = dice.randbytes(size)
            case 4:
                mutant[place:place] = dice.choice(
                    (b"WARC/1.0\r\n", b"\0" * size, b"\x1f\x8b\x08\0", b"\r\n\r\n")
                )
    return bytes(mutant)


def read(folder, data, part=None, limit=2_000):
    path = folder / "a"
    path.write_bytes(data)
    file = InputFile("s", str(folder), "a", "warc", len(data), part=part)
    *items, facts = read_input(file, max_record_bytes=limit)
    found = [item for item in items if isinstance(item, Record | Skipped)]
    ranges = [item for item in items if isinstance(item, FailedRange)]
    start, end = facts.covers
    assert facts.records == len(found)
    assert facts.bytes_consumed + sum(item.length for item in ranges) == end - start
    assert all(item.length >= 0 for item in ranges)
    assert all(left.offset + left.length <= right.offset for left, right in pairwise(ranges))
    offsets = [item.offset for item in found if isinstance(item, Record)]
    assert offsets == sorted(set(offsets))
    return found, ranges, (start, end)


@pytest.mark.parametrize("how", PACKINGS)
def test_every_byte_and_record_of_a_mutant_is_accounted_for(tmp_path, how):
    whole = archive(how, 1)
    sound = {item.key for item in read(tmp_path, whole)[0] if isinstance(item, Record)}
    for seed in range(MUTANTS):
        data = mutated(whole, seed)
        found, _, covers = read(tmp_path, data)
        assert covers == (0, len(data)), seed
        kept = {item.key for item in found if isinstance(item, Record)}
        if how in {"plain", "gzip", "zstd"}:  # at most 4 stretches are hit, of 3,000 bytes each
            assert len(kept & sound) >= len(sound) / 3, seed


@pytest.mark.parametrize("how", PACKINGS)
def test_parts_of_a_mutant_that_fit_give_what_the_whole_gives(tmp_path, how):
    whole = archive(how, 2)
    fitted = 0
    for seed in range(MUTANTS):
        data = mutated(whole, seed)
        bounds = [0, len(data) // 3, len(data) // 2, len(data)]
        parts = [read(tmp_path, data, part) for part in pairwise(bounds)]
        spans = sorted(span for *_, span in parts if span[1] > span[0])
        if all(left[1] == right[0] for left, right in pairwise(spans)):
            fitted += 1
            found, ranges, _ = read(tmp_path, data)
            assert [repr(item) for part in parts for item in part[0]] == [*map(repr, found)], seed
            assert [item for part in parts for item in part[1]] == ranges, seed
    assert fitted > MUTANTS * 0.8
