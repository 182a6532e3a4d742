r"""RTF to text by striprtf: paragraphs, lists as the file shows their marks, tables as rows of cells.

Text beyond ASCII that is not escaped is read in the code page that the file names (RTF 1.9.1, ``\ansicpg``).
"""

from __future__ import annotations

import re

from tamis.extract.markdown import joined_lists, table
from tamis.extract.office import DocumentText

CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
INFO_FIELD = r"\{\\%s\s+((?:[^{}\\]|\\'[0-9a-f]{2}|\\u-?\d+ ?\??|\\[{}\\])*)\}"
CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
# A destination mark inside a group, as StarOffice wrote it: striprtf would leave out the rest of the group.
STRAY_STAR = re.compile(r"(?<![{\\\s])\\\*(?=\\[a-z])")
# Marks of lists as they are shown; the bullet of the Symbol font has no place in the code page.
BULLET = re.compile("^[·•◦▪\u2013\ufffd-]\\t\\s*")
NUMBER = re.compile(r"^(\d{1,4}[.)])\t\s*")
ROW = re.compile(r"^[^|\n]*\|.*\|[ ]*$")


def rich_text(payload: bytes) -> DocumentText:
    """Return the text of an RTF, with title, author and day of creation as its info group states them."""
    from striprtf.striprtf import rtf_to_text

    source = STRAY_STAR.sub("", payload.decode(_code_page(payload), "replace"))
    text = rtf_to_text(source, encoding="cp1252", errors="replace")  # type: ignore[no-untyped-call]
    created = CREATED.search(source)
    day = "-".join(part.zfill(2) for part in created.groups()) if created else None
    return DocumentText(_with_tables(text), _stated(source, "title"), _stated(source, "author"), day)


def _code_page(payload: bytes) -> str:
    """Return the code page of raw bytes; windows-1252 where none is stated or it is unknown."""
    found = CODE_PAGE.search(payload, 0, 4096)
    name = f"cp{found[1].decode()}" if found else "cp1252"
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name


def _stated(source: str, name: str) -> str | None:
    from striprtf.striprtf import rtf_to_text

    found = re.search(INFO_FIELD % name, source[:65_536])
    if found is None:
        return None
    page = _code_page(source[:4096].encode("ascii", "replace")).removeprefix("cp")
    text = rtf_to_text(f"{{\\rtf1\\ansi\\ansicpg{page} {found[1]}}}", errors="replace")  # type: ignore[no-untyped-call]
    return text.strip() or None


def _with_tables(text: str) -> str:
    """Return lines as paragraphs, rows of cells that follow each other as tables."""
    parts: list[str] = []
    rows: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        if ROW.match(line):
            rows.append(line.rstrip().removesuffix("|").split("|"))
            continue
        if rows:
            parts.append(table(rows))
            rows = []
        parts.append(NUMBER.sub(r"\1 ", BULLET.sub("- ", line.strip())))
    return joined_lists(parts)
