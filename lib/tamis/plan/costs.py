"""What stages shuffle and how long they compute, by the numbers of rows that pass through them.

Shuffled bytes are those of the event log's "Shuffle Bytes Written" (lz4), divided by the rows that each
exchange had. Computing seconds are CPU of the whole process tree on two cores (AMD EPYC), the difference
between runs of 27,371 and 109,482 documents of 2.8 kB (``benchmarks/plan.py``, 2026-11); a busy machine takes
half as much again. The rate of the signature kernel and the parsing of files are measured on the sample
itself. Signals, languages and tokens, which those runs had not, are as in ``docs/benchmarks.md``.

Since then workers read texts (ADR 0016), signatures are a quarter as wide (ADR 0012) and hashes of sets
travel packed (ADR 0017). The sums are right to 5 % of the CPU and 20 % of the bytes at 109,482 documents; the
constants one by one were not fitted again, and the 9 bytes of an end are not measured.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 1e6
BROADCAST_ROWS = 1_000_000  # as `dedup.steps.transfer` has it
HELD_SIGNATURES = 50_000  # as `dedup.steps.verify` has it
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Volumes:
    """What passes through the stages.

    Attributes:
        stored_bytes: Of the inputs.
        documents: Extracted.
        text_bytes: UTF-8.
        payload_seconds: CPU that parsing HTML, PDF and the like takes, by the sample.
        spans: Of all exact units; 0: no exact_dedup.
        repeated_spans: Of them, those that occur more than once.
        signatures: Documents with one; 0: no near_dedup.
        hashes: Places of a signature.
        bands: Of the index.
        bucket_rows: Pairs of small buckets, with repeats.
        candidates: Pairs to verify.
        met: Documents in them.
        equal: Documents whose shingle set an earlier one has.
        grey: Of them, those that need the exact sets.
        in_large: Members of buckets over the limit.
        signature_rate: Text bytes a second of the kernel, by the sample.
    """

    stored_bytes: float
    documents: float
    text_bytes: float
    payload_seconds: float
    spans: float = 0.0
    repeated_spans: float = 0.0
    signatures: float = 0.0
    hashes: int = 0
    bands: int = 0
    bucket_rows: float = 0.0
    candidates: float = 0.0
    met: float = 0.0
    equal: float = 0.0
    grey: float = 0.0
    in_large: float = 0.0
    signature_rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one stage.

    Attributes:
        shuffle_bytes: Written to shuffles, as stored (lz4).
        cpu_seconds: Of all processes.
    """

    shuffle_bytes: float
    cpu_seconds: float


# CPU that a stage takes however little it has to do: the JVM's start and compilation, commits, Delta's jobs.
START_SECONDS = {
    "ingest": 14.0, "extract": 23.0, "signals": 12.0, "filter": 6.0, "exact_dedup": 10.0, "near_dedup": 24.0,
    "assemble": 26.0, "tokens": 8.0, "report": 25.0,
}  # fmt: skip


def stage_costs(stages: tuple[str, ...], volumes: Volumes) -> dict[str, Cost]:
    """Return the cost of each of the stages.

    Args:
        stages: Of the recipe.
        volumes: What passes through them.
    """
    makers = {
        "extract": _extract, "signals": _signals, "exact_dedup": _exact_dedup, "near_dedup": _near_dedup,
        "assemble": _assemble, "tokens": _tokens,
    }  # fmt: skip
    costs = {}
    for name in stages:
        cost = makers[name](volumes) if name in makers else Cost(0.0, 0.0)
        costs[name] = Cost(cost.shuffle_bytes, cost.cpu_seconds + START_SECONDS[name])
    return costs


def _extract(volumes: Volumes) -> Cost:
    # Keys and digests, to find records that repeat: (78 + 11) bytes a document.
    seconds = 20e-6 * volumes.documents + 0.05 * volumes.text_bytes / MB
    return Cost(89 * volumes.documents, seconds + volumes.payload_seconds)


def _signals(volumes: Volumes) -> Cost:
    return Cost(0.0, volumes.text_bytes / (97 * MB) + volumes.documents / 16_000)


def _exact_dedup(volumes: Volumes) -> Cost:
    # One window over the keys, 22.5 bytes a span.
    seconds = volumes.text_bytes / (150 * MB) + 5.5e-6 * volumes.spans
    return Cost(22.5 * volumes.spans, seconds)


def _near_dedup(volumes: Volumes) -> Cost:
    seconds = (
        volumes.text_bytes / volumes.signature_rate
        + 125e-6 * volumes.signatures
        + 30e-6 * volumes.candidates
        + 100e-6 * volumes.grey
    )
    return Cost(_near_shuffle(volumes), seconds)


def _near_shuffle(volumes: Volumes) -> float:
    width = volumes.hashes  # of a stored signature; random bytes, which do not compress
    large = min(volumes.in_large, volumes.signatures)  # documents: most are in several large buckets
    joined = (
        24 * volumes.signatures  # hashes of sets, to find equal ones; they do not compress
        + 13.8 * (volumes.signatures - volumes.equal) * volumes.bands  # keys to their buckets
        + 9.7 * volumes.bucket_rows  # pairs, to find the distinct ones
        + 2 * 9 * volumes.candidates  # ids of both ends, to find the distinct ones
        + 777 * volumes.grey  # sorted 32-bit shingles of both
        + (20 + width) * large  # a signature to its document's places in large buckets
        + (40 + width) * volumes.in_large  # these to the document, then with its signature to their bucket
    )
    if volumes.met > HELD_SIGNATURES:  # fewer are sent to every task
        joined += (31 + width) * volumes.met  # signatures of documents that have a candidate
        joined += (15 + 0.27 * width) * volumes.candidates  # one end's to the other; equal ones compress
    # Two joins find the signatures of a few documents among all: of members of large buckets, and of those
    # that have a candidate, where these are too many to be sent to every task.
    joins = (large > BROADCAST_ROWS) + (volumes.met > BROADCAST_ROWS)
    return joined + joins * (20 + width) * volumes.signatures


def _assemble(volumes: Volumes) -> Cost:
    # Places, ranks and removals; each holder of a repeated span to its key, to the first, to its document.
    shuffled = 150 * volumes.documents + 61 * volumes.repeated_spans
    return Cost(shuffled, 150e-6 * volumes.documents + 10e-6 * volumes.repeated_spans)


def _tokens(volumes: Volumes) -> Cost:
    return Cost(0.0, volumes.text_bytes / (3 * MB))
