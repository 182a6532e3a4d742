"""What a group of an RTF is, by its first word: text, a font, a style, or nothing that is read."""

from __future__ import annotations

from typing import Any, NamedTuple

from lxml.etree import Element, SubElement

from tamis.extract.equations import MATH
from tamis.extract.rich_text_flow import Paragraph

# What the text of a group is.
BODY, LABEL, SKIPPED, FONTS, STYLES, INFO, TITLE, AUTHOR, CREATED, ROW_SHAPE, FORMULA = range(11)
TARGETS = {
    "listtext": LABEL, "pntext": LABEL, "fonttbl": FONTS, "stylesheet": STYLES, "info": INFO,
    "nesttableprops": ROW_SHAPE,
}  # fmt: skip
STATED = {"title": TITLE, "author": AUTHOR, "creatim": CREATED}
# Groups that are no text; those whose first word follows a star are left out unless named here as read.
LEFT_OUT = frozenset({
    "aftncn", "aftnsep", "aftnsepc", "annotation", "atnauthor", "atndate", "atnicn", "atnid", "atnparent",
    "atnref", "atntime", "atrfend", "atrfstart", "background", "bkmkend", "bkmkstart", "colortbl",
    "comment", "datafield", "datastore", "fldinst", "filetbl", "footer", "footerf", "footerl", "footerr",
    "formfield", "ftncn", "ftnsep", "ftnsepc", "generator", "header", "headerf", "headerl", "headerr",
    "listoverridetable", "listtable", "mmathPict", "mmathPr", "moMathParaPr", "nonesttables", "nonshppict",
    "objclass",
    "objdata", "objname", "pgdsctbl", "pict", "pn", "private", "revtbl", "rsidtbl", "rxe", "shprslt",
    "sp", "tc", "template", "themedata", "txe", "userprops", "xe", "xmlnstbl",
})  # fmt: skip
STARRED = frozenset({
    "footnote", "shpinst", "do", "nesttableprops", "shptxt", "dptxbxtext", "listtext", "moMath", "moMathPara",
})  # fmt: skip
BOXES = frozenset({"shptxt", "dptxbxtext"})
NO_FONT = -1


class State(NamedTuple):
    """What holds up to the end of a group.

    Attributes:
        outer: What the text was outside of a group of two renderings, of which the second is read.
        fallback: Characters behind a code of Unicode that stand for it elsewhere.
        flows: How many texts are open.
        formula: The element of an Office equation that the group is; its words are those of OMML after an m.
    """

    target: int = BODY
    outer: int = BODY
    font: int = NO_FONT
    fallback: int = 1
    is_deleted: bool = False
    paragraph: Paragraph = Paragraph()
    flows: int = 1
    formula: Any = None

    def inside(self, word: str, *, is_starred: bool) -> State:
        """Return the state in a group that begins with a word.

        Args:
            word: It.
            is_starred: A star stands before it: who does not know it leaves the group out.
        """
        if self.target == SKIPPED:
            return self._replace(target=self.outer) if word == "ud" and is_starred else self
        if word == "upr":
            return self._replace(target=SKIPPED, outer=self.target)
        if word in LEFT_OUT or (is_starred and word not in STARRED):
            return self._replace(target=SKIPPED)
        if self.target == FORMULA:
            is_part = word.startswith("m") and word != "m"
            return self._replace(formula=SubElement(self.formula, f"{MATH}{word[1:]}")) if is_part else self
        if word == "moMath" and self.target == BODY:
            return self._replace(target=FORMULA, formula=Element(f"{MATH}oMath"))
        if self.target == INFO:
            return self._replace(target=STATED.get(word, SKIPPED))
        return self._replace(target=TARGETS[word]) if word in TARGETS and self.target == BODY else self
