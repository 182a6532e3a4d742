"""The pictures of an Office Open XML part: by its blips (DrawingML) and image data (VML), hashed as stored.

ECMA-376 part 1, section 20.1.8.13, and part 4, section 19.1.2.11. A picture that fills a shape counts; the
bullets of lists, the second of two renderings and what a tracked change deleted do not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tamis.document import Picture
from tamis.extract.charts import DRAWING, RELATION
from tamis.extract.pictures import HEAD_BYTES, is_point, kind_of, pixels_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tamis.extract.package import Package

COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
PLACEMENT = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
SHOWING, GROUPING = ("}pic", "}sp", "}wsp", "}graphicFrame"), ("}wgp", "}grpSp", "}wpc")
FILE_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\|file:", re.IGNORECASE)
PLACED = frozenset({f"{PLACEMENT}inline", f"{PLACEMENT}anchor"})
VML = "{urn:schemas-microsoft-com:vml}"
BLIP, IMAGE_DATA = f"{DRAWING}blip", f"{VML}imagedata"
PICTURES = (BLIP, IMAGE_DATA)
PASSED_OVER = frozenset({f"{COMPATIBILITY}Fallback", f"{DRAWING}buBlip"})


class PartPictures:
    """The pictures met so far in the parts of a package, each behind a number of blocks of the text."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._stored: dict[str, tuple[str, bytes] | None] = {}
        self._met: list[tuple[int, Picture]] = []

    def add(self, part: str, node: Any, after: int) -> int | None:
        """Note the picture that a node of a part shows; return its number, None if it shows nothing."""
        picture = self._reference(part, node)
        if picture is None:
            return None
        self._met.append((after, picture))
        return len(self._met) - 1

    def caption(self, numbers: Iterable[int], text: str) -> None:
        """Give pictures their caption."""
        for number in numbers:
            after, picture = self._met[number]
            self._met[number] = after, replace(picture, caption=text)

    def placed(self, ends: Sequence[int]) -> tuple[Picture, ...]:
        """Return all pictures in the order in which they were met.

        Args:
            ends: Where each block of the text ends.
        """
        return tuple(
            replace(picture, position=ends[min(after, len(ends)) - 1] if after and ends else 0)
            for after, picture in self._met
        )

    def _reference(self, part: str, node: Any) -> Picture | None:
        embedded = node.get(f"{RELATION}embed") or node.get(f"{RELATION}id") or ""
        alt = _alternative(node)
        relation = self._package.relations(part).get(embedded)
        if relation is None:
            names = (node.get(f"{RELATION}link"), node.get(f"{RELATION}href"), embedded)
            link = next((url for name in names if name and (url := self._package.link(part, name))), None)
            return Picture(0, alt=alt, url=link) if link else None
        if relation.part not in self._stored:
            self._stored[relation.part] = self._package.digest(relation.part, HEAD_BYTES)
        stored = self._stored[relation.part]
        if stored is None:
            return Picture(0, alt=alt)
        digest, head = stored
        return None if is_point(*pixels_of(head)) else Picture(0, digest, kind_of(head), alt)


def pictures_in(element: Any, passed_over: Collection[str] = ()) -> Iterator[Any]:
    """Yield the nodes below an element that show a picture, but for those in some other elements."""
    for node in element.iter(*PICTURES):
        if not _is_within(node, element, PASSED_OVER.union(passed_over)):
            yield node


def _is_within(node: Any, top: Any, tags: Collection[str]) -> bool:
    while node is not None and node is not top:
        if node.tag in tags:
            return True
        node = node.getparent()
    return False


def _alternative(node: Any) -> str | None:
    """Return the alternative text of a picture: what Word edits; of a group's member its own first."""
    if node.tag == IMAGE_DATA:
        shape = next(node.iterancestors(f"{VML}shape", f"{VML}rect"), None)
        return _words(shape, "alt")
    own = placed = None
    is_member = False
    for ancestor in node.iterancestors():
        if own is None and ancestor.tag.endswith(SHOWING):
            own = _words(ancestor.find("*/{*}cNvPr"), "descr")
        is_member |= ancestor.tag.endswith(GROUPING)
        if ancestor.tag in PLACED:
            placed = _words(ancestor.find(f"{PLACEMENT}docPr"), "descr")
            break
    return (own or placed) if is_member else (placed or own)


def _words(element: Any, name: str) -> str | None:
    """Return what an attribute says; None for the path of the file, which Word 2007 put there."""
    words = element.get(name) if element is not None else None
    return words if words and words.strip() and not FILE_PATH.match(words) else None
