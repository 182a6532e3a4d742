"""Candidate pairs -> verified edges: by signature where it is clear, by the exact shingle sets where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from tamis.dedup.steps.signatures import DOCUMENT_ORDINAL
from tamis.dedup.steps.similarity import exact_similarities
from tamis.dedup.steps.transfer import settled, small
from tamis.schemas import EDGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

    from tamis.dedup.lsh import BandPlan
    from tamis.dedup.minhash import MinHashParams
    from tamis.dedup.steps.texts import Texts

    Batches = Iterator[pa.RecordBatch]

HELD_SIGNATURES = 50_000  # 14 MB, broadcast: what a batch's candidates need
VERDICT_DDL = (
    "src BIGINT, dst BIGINT, batch_id INT, shard INT, src_count INT, dst_count INT,"
    " verdict INT, estimate DOUBLE, bands_shared INT"
)


def verdicts(
    candidates: DataFrame, signatures: DataFrame, *, params: MinHashParams, plan: BandPlan, threshold: float
) -> DataFrame:
    """Return what the signatures say of each candidate.

    Input columns:
        candidates: src, dst (long), distinct, src > dst.
        signatures: Those of `signatures`.

    Output columns:
        src, dst (long); batch_id: The later of the two; shard: src's; src_count, dst_count: Their shingles.
        verdict (int): `lsh.ACCEPT`, `lsh.REJECT` or `lsh.GREY`.
        estimate (double): Of the Jaccard similarity, from the places outside the shared bands.
        bands_shared (int): Bands whose keys are equal, in whichever bucket the pair was found.

    Rows: one a candidate.
    Shuffles: the candidates' ids; the signatures not while they are few, else on doc_id, then src's once a
        candidate, on dst.
    """
    columns = ("doc_id", "signature", "shingle_count", "batch_id", "shard")
    ends = settled(candidates.select(F.explode(F.array("src", "dst")).alias("doc_id")).distinct())
    signed = settled(signatures.select(*columns).join(small(ends), on="doc_id", how="left_semi"))
    few = small(signed, HELD_SIGNATURES)
    src, dst = (
        few.select(*(F.col(name).alias(f"{side}_{name}") for name in columns)) for side in ("src", "dst")
    )
    paired = candidates.join(src, on=F.col("src") == F.col("src_doc_id"), how="inner").join(
        dst, on=F.col("dst") == F.col("dst_doc_id"), how="inner"
    )
    return paired.select(
        "src",
        "dst",
        F.greatest("src_batch_id", "dst_batch_id").alias("batch_id"),
        F.col("src_shard").alias("shard"),
        F.col("src_shingle_count").alias("src_count"),
        F.col("dst_shingle_count").alias("dst_count"),
        "src_signature",
        "dst_signature",
    ).mapInArrow(_judge(params.num_hashes, plan, threshold), VERDICT_DDL)


def grey_similarities(judged: DataFrame, documents: DataFrame | Texts, ngram: int) -> DataFrame:
    """Return the exact similarity of the pairs that the signatures leave open.

    Input columns:
        judged: Those of `verdicts`.
        documents: doc_id (long), text (string); not read where no pair is grey.

    Output columns:
        src, dst (long), jaccard, containment (double).

    Rows: one a grey pair.
    Shuffles: the shingle sets of the grey documents; see `exact_similarities`.
    """
    from tamis.dedup.lsh import GREY

    grey = judged.where(F.col("verdict") == GREY).select("src", "dst")
    if grey.isEmpty():
        return grey.select("src", "dst", F.lit(0.0).alias("jaccard"), F.lit(0.0).alias("containment"))
    return exact_similarities(grey, documents, ngram)


def verified_edges(judged: DataFrame, exact: DataFrame, threshold: float) -> DataFrame:
    """Return the candidates that hold, with the similarity that was found.

    Input columns:
        judged: Those of `verdicts`; exact: those of `grey_similarities`.

    Output columns:
        Those of `edges`. containment of a pair verified by signature follows from its estimate and the sizes.

    Rows: one a pair of a similarity of at least ``threshold``, or clearly above it by signature.
    Shuffles: the grey pairs, on (src, dst).
    """
    from tamis.dedup.lsh import ACCEPT

    shared = F.col("estimate") / (1 + F.col("estimate")) * (F.col("src_count") + F.col("dst_count"))
    clear = judged.where(F.col("verdict") == ACCEPT).select(
        *_PAIR,
        F.col("estimate").alias("jaccard"),
        F.least(F.lit(1.0), shared / F.least("src_count", "dst_count")).alias("containment"),
        F.lit("signature").alias("verified_by"),
    )
    found = exact.where(F.col("jaccard") >= threshold)
    grey = (
        judged.select(*_PAIR)
        .join(found, on=["src", "dst"], how="inner")
        .select(*_PAIR, "jaccard", "containment", F.lit("shingles").alias("verified_by"))
    )
    return _edges(clear.unionByName(grey))


def equal_edges(members: DataFrame, signatures: DataFrame, bands: int) -> DataFrame:
    """Return the edge of each member of a group of equal shingle sets to its representative.

    Input columns:
        members: Those of `equal_groups`; signatures: doc_id (long), batch_id (int), shard (int).

    Output columns:
        Those of `edges`, with jaccard 1 and all bands.

    Rows: one a member.
    Shuffles: members on doc_id.
    """
    layout = signatures.select("doc_id", "batch_id", "shard")
    placed = layout.join(small(members), on="doc_id", how="inner")
    return _edges(
        placed.select(
            F.col("doc_id").alias("src"),
            F.col("representative").alias("dst"),
            F.lit(bands).alias("bands_shared"),
            "batch_id",
            "shard",
            F.lit(1.0).alias("jaccard"),
            F.lit(1.0).alias("containment"),
            F.lit("shingles").alias("verified_by"),
        )
    )


def is_equal_edge() -> Column:
    """Return the condition that an edge leads from a member of a group of equal sets to its first."""
    return (F.col("verified_by") == "shingles") & (F.col("jaccard") == 1.0)


def verdict_facts(judged: DataFrame, exact: DataFrame, threshold: float) -> dict[str, str]:
    """Return what verification counted, as the report shows it.

    Input columns:
        judged: Those of `verdicts`; exact: those of `grey_similarities`.
    """
    from tamis.dedup.lsh import ACCEPT, GREY

    counts = {row["verdict"]: row["count"] for row in judged.groupBy("verdict").count().collect()}
    accepted = exact.where(F.col("jaccard") >= threshold).count()
    total, grey = sum(counts.values()), counts.get(GREY, 0)
    clear = counts.get(ACCEPT, 0)
    return {
        "near_candidates": str(total),
        "near_accepted_by_signature": str(clear),
        "near_grey": str(grey),
        "near_grey_fraction": f"{grey / total if total else 0.0:.4f}",
        "near_accepted_by_shingles": str(accepted),
        "near_rejected": str(total - clear - accepted),
    }


def _judge(num_hashes: int, plan: BandPlan, threshold: float) -> Callable[[Batches], Batches]:
    def judge(batches: Batches) -> Batches:
        import pyarrow as pa

        from tamis.dedup.lsh import verify_by_signature
        from tamis.dedup.minhash import byte_matrix

        names = ["src", "dst", "batch_id", "shard", "src_count", "dst_count"]
        for batch in batches:
            left, right = (
                byte_matrix(batch.column(f"{side}_signature"), num_hashes) for side in ("src", "dst")
            )
            verdict, estimate, shared = verify_by_signature(left, right, plan, threshold)
            found = [pa.array(verdict.astype("int32")), pa.array(estimate), pa.array(shared)]
            columns = [batch.column(name) for name in names]
            yield pa.RecordBatch.from_arrays(
                [*columns, *found], names=[*names, "verdict", "estimate", "bands_shared"]
            )

    return judge


_PAIR = ("src", "dst", "bands_shared", "batch_id", "shard")


def _edges(pairs: DataFrame) -> DataFrame:
    ordinal = F.lit(DOCUMENT_ORDINAL)
    return pairs.select("*", ordinal.alias("src_ordinal"), ordinal.alias("dst_ordinal")).select(*EDGES.names)
