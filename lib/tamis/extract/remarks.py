"""The comments on a slide or sheet, without their authors and times: who said it is no part of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamis.extract.charts import DRAWING
from tamis.extract.markdown import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tamis.extract.package import Package

# What Excel leaves for older versions beside a thread that stands in a part of its own.
STAND_IN = "[Threaded comment]"


def remarks_text(package: Package, part: str) -> str:
    """Return the comments on a part as a section of its own; "" where there are none."""
    threads = list(_texts(package, part, "threadedComment"))
    plain = (
        text for text in _texts(package, part, "comments") if not (threads and text.startswith(STAND_IN))
    )
    return remarks_section([*plain, *threads])


def remarks_section(said: Iterable[str]) -> str:
    """Return comments as a section of its own; "" where there are none."""
    told = blocks(said)
    return f"### Comments\n\n{told}" if told else ""


def _texts(package: Package, part: str, kind: str) -> Iterator[str]:
    for related in package.related(part, kind):
        root = package.extra_root(related)
        for node in root.iter("{*}text", f"{DRAWING}p") if root is not None else ():
            yield _text(node).strip()


def _text(node: Any) -> str:
    """Return a comment's text: of its runs where it has some, else its own; phonetic hints left out."""
    runs = [
        run for run in node.iter("{*}t") if not any(up.tag.endswith("}rPh") for up in run.iterancestors())
    ]
    return "".join(run.text or "" for run in runs) if runs else node.text or ""
