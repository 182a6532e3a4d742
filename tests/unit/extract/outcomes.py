"""What becomes of a payload, as tests ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tamis.errors import DocumentError
from tamis.extract.payload import extract_payload

if TYPE_CHECKING:
    from pathlib import Path


def outcome(payload: bytes, **keywords: object) -> str:
    """Return the code that a payload fails with, or ``ok``."""
    try:
        extract_payload(payload, **keywords)
    except DocumentError as error:
        return error.code
    return "ok"


def failure(payload: bytes, **keywords: object) -> DocumentError:
    """Return the error of a payload that fails."""
    with pytest.raises(DocumentError) as caught:
        extract_payload(payload, **keywords)
    return caught.value


def with_sibling(corpus: Path, name: str) -> tuple[str, str]:
    """Return the texts of an Office file of 1997 to 2003 and of its sibling in the newer format."""
    old = corpus / "office" / name
    form = old.suffix[1:]
    new = corpus / "office" / (name.replace(f"/{form}/", f"/{form}x/") + "x")
    texts = [extract_payload(path.read_bytes(), name=path.name).text for path in (old, new)]
    return texts[0], texts[1]
