"""The recipe's parts and their types. `recipes.py` reads one; `checks.py` checks what the parts mean.

Frozen, and unknown keys are mistakes: a misspelt option cannot become one that is ignored.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tamis.schemas import DOCUMENTS

_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([kKMGT]i?)?B?\s*$")
_PREFIX = {"k": 1, "K": 1, "M": 2, "G": 3, "T": 4}


def parse_size(value: int | str) -> int:
    """Return bytes: ``GB`` is 10^9, ``GiB`` 2^30.

    Raises:
        ValueError: neither a number of bytes nor a size such as 5GB.

    Example:
        >>> parse_size("5GB"), parse_size("2GiB"), parse_size(7)
        (5000000000, 2147483648, 7)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.match(str(value))
    if match is None:
        raise ValueError(f"{value!r} is no size: write bytes, or 500MB, 5GB (10^9), 2GiB (2^30)")
    number, prefix = match.groups()
    if not prefix:
        return int(float(number))
    base = 1024 if prefix.endswith("i") else 1000
    return int(float(number) * base ** _PREFIX[prefix[0]])


def _positive(value: int) -> int:
    if value <= 0:
        raise ValueError("must be above 0")
    return value


def _not_empty(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("is empty: name at least one")
    return values


Size = Annotated[int, BeforeValidator(parse_size), AfterValidator(_positive)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]


class _Part(BaseModel):
    """A part of a recipe: frozen, and unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _stored(value: Any) -> Any:
    if value == "urls":
        raise ValueError(
            "a run never reads the network, so that the same inputs give the same corpus: fetch first with "
            "`tamis fetch URLS --output P`, then write {path: P/warc, format: warc}"
        )
    return value


class Input(_Part):
    """Where raw records come from."""

    path: str = Field(min_length=1, description="file, folder or glob; local or s3a://, gs://, hdfs://")
    format: Annotated[Literal["files", "jsonl", "parquet", "warc"], BeforeValidator(_stored)] = Field(
        description="files: any mix of types, sniffed; warc: WARC and WET, plain, gzip or zstd"
    )
    source: Name = Field(description="a name for the origin; part of every doc_id")
    id_field: str | None = Field(default=None, description="jsonl, parquet: the record's own id")
    text_field: str = Field(default="text", description="jsonl, parquet: the text")


class Shards(_Part):
    """How inputs are grouped: by stored bytes or into a fixed number."""

    target_bytes: Size | None = Field(
        default=None, description="stored bytes of a shard: whole inputs up to this"
    )
    count: int | None = Field(default=None, gt=0, description="number of shards of a batch (CCNet: 1600)")


class HtmlOptions(_Part):
    """How HTML becomes Markdown."""

    engine: Literal["auto", "trafilatura", "resiliparse"] = Field(
        default="auto", description="auto: what is measured best"
    )
    content: Literal["main", "all"] = Field(default="main", description="all: menus and footers too")
    links: bool = Field(default=False, description="links keep their targets")


def _off(value: Any) -> Any:
    return "off" if value is False else value  # YAML 1.1 reads `off` as false


class PdfOptions(_Part):
    """How PDF becomes text."""

    engine: Literal["auto", "pypdfium2", "pypdf", "pdfplumber"] = Field(
        default="auto", description="auto: what is measured best, pypdfium2"
    )
    ocr: Annotated[Literal["off", "auto", "rapidocr", "textract"], BeforeValidator(_off)] = Field(
        default="off",
        description="what reads scanned pages; auto: rapidocr, 2 to 9 s of CPU a page: raise `cpu_seconds`",
    )


class Extract(_Part):
    """Limits and engines of extraction; the limits hold for each document."""

    html: HtmlOptions = HtmlOptions()
    pdf: PdfOptions = PdfOptions()
    cpu_seconds: float = Field(default=60.0, gt=0, description="CPU time that one document may use")
    memory: Size = Field(default=2_000_000_000, description="address space of the process that reads it")
    max_record_bytes: Size = Field(default=64_000_000, description="larger records fail as too_large")
    max_failed_fraction: float = Field(default=0.5, ge=0, le=1, description="above it the run stops")


class Filter(_Part):
    """Who stays: languages, and bounds on signals."""

    languages: tuple[str, ...] = Field(default=(), description="ISO 639 codes to keep; none: all")
    min_language_score: float = Field(default=0.0, ge=0, le=1, description="least certainty of the language")
    rules: tuple[dict[str, Any], ...] = Field(
        default=(), description="{preset: gopher_quality} or {signal: word_count, min: 50, max: 100000}"
    )


class ExactDedup(_Part):
    """Which equal spans leave, and how far they are looked for."""

    units: tuple[Literal["document", "paragraph"], ...] = Field(
        default=("document",), description="what is compared; equal paragraphs are cut"
    )
    scope: Literal["global", "shard"] = Field(
        default="global", description="shard: each by itself, no shuffle"
    )


class NearDedup(_Part):
    """Which similar documents leave."""

    unit: Literal["document", "paragraph", "sentence"] = Field(
        default="document", description="what is compared; parts of 20 words or more leave as cuts"
    )
    threshold: float = Field(default=0.8, ge=0.3, lt=1, description="Jaccard similarity of the shingle sets")
    clusters: Literal["direct", "connected"] = Field(
        default="direct", description="direct: a document leaves only for one that it resembles itself"
    )
    recall: float = Field(default=0.98, gt=0, lt=1, description="share of pairs at the threshold to be found")
    num_hashes: int = Field(default=256, ge=64, le=1024, description="MinHash values a document")
    ngram: int = Field(default=5, ge=1, le=20, description="words (or characters) of a shingle")
    max_core_hours: float | None = Field(
        default=None,
        gt=0,
        description="a batch that would take more is refused; default: 100 for parts, none for documents",
    )


class KeeperColumn(_Part):
    """One column of the total order that says which copy stays; null last."""

    column: str = Field(description="of documents, or a signal")
    order: Literal["asc", "desc"] = Field(description="asc: the smallest stays")


class TrainTokenizer(_Part):
    """A byte-level BPE trained on a sample of the corpus itself."""

    vocab_size: Annotated[int, Field(ge=257)] = Field(
        default=4096, description="256 bytes, the end of text, merges"
    )
    sample_bytes: Size = Field(default=20_000_000, description="text that it is trained on, at most")


class Tokenizer(_Part):
    """Where the tokenizer comes from; a string is the path."""

    path: str | None = Field(default=None, description="of a tokenizer.json")
    train: TrainTokenizer | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Tokenizer:
        if (self.path is None) == (self.train is None):
            raise ValueError("give the path of a tokenizer.json, or {train: {vocab_size: 4096}}")
        return self


class Tokens(_Part):
    """Token ids for training."""

    tokenizer: Tokenizer
    sequence_length: int = Field(default=2048, ge=2, description="tokens of a packed row (Parquet)")
    formats: tuple[Literal["parquet", "megatron"], ...] = Field(
        default=("parquet",), description="parquet: packed rows; megatron: .bin and .idx"
    )
    eos_token: str | None = Field(default=None, description="default: the tokenizer's <|endoftext|> or </s>")


class Assemble(_Part):
    """The last bounds: a document that cuts leave shorter than this is removed as `too_short`."""

    min_chars: int = Field(default=1, ge=1, description="code points that must be left after cuts")


class Brakes(_Part):
    """Bounds above which `assemble` stops, removes nothing and leaves `report/brakes.html` to look at."""

    max_source_loss: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="share of a source's documents that may leave as duplicates, and of its characters where"
        " parts of documents are cut",
    )
    max_cluster_fraction: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="share of all documents that one near-duplicate cluster may hold",
    )


class Report(_Part):
    """The HTML report."""

    title: str | None = Field(default=None, description="default: the recipe's name")


class Recipe(_Part):
    """A corpus: where it comes from, who stays, and what is written."""

    name: Name = Field(description="of the corpus")
    output: str = Field(min_length=1, description="folder: local, s3a://, gs://, hdfs://")
    inputs: Annotated[tuple[Input, ...], AfterValidator(_not_empty)]
    shards: Shards = Shards(target_bytes=5_000_000_000)
    extract: Extract = Extract()
    filter: Filter | None = None
    exact_dedup: ExactDedup | None = None
    near_dedup: NearDedup | None = None
    keeper: tuple[KeeperColumn, ...] = (
        KeeperColumn(column="format_priority", order="asc"),
        KeeperColumn(column="length_chars", order="desc"),
    )
    keeper_policy: Literal["canonical", "incumbent"] = Field(
        default="canonical",
        description="incumbent: what is in the corpus stays, whatever better copy a later batch brings",
    )
    brakes: Brakes = Brakes()
    assemble: Assemble = Assemble()
    tokens: Tokens | None = None
    report: Report | None = None


def digest_of(settings: Any) -> str:
    """Return SHA-256 over settings as canonical JSON: equal settings, equal digest."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def signal_names(recipe: Recipe) -> list[str]:
    """Return the signals that a recipe's rules, languages and keeper name."""
    from tamis.filters.rules import expand_rules
    from tamis.signals.registry import SIGNALS

    documents = DOCUMENTS.names
    keepers = (column.column for column in recipe.keeper)
    names = [name for name in keepers if name in SIGNALS and name not in documents]
    if recipe.filter is not None:
        names += [rule.signal for rule in expand_rules(list(recipe.filter.rules))[0]]
        names += ["language", "language_score"] if recipe.filter.languages else []
    return names
