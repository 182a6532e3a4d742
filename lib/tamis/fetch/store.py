"""What was fetched, on disk: ``warc/NNNNN.warc.gz`` and the ledger ``fetched.jsonl``, a line a URL.

An archive that is being written has a hidden name, and gets its own when it is full or the call ends; from
then on it never changes, since a run that has read it refuses other bytes. A record is written before its
line: after a stop, what no line tells of is cut off, and its URL is fetched again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from tamis.errors import ConfigError, Problem, SourceError
from tamis.fetch.archive import record_id, response_record, warcinfo_record

if TYPE_CHECKING:
    from tamis.fetch.client import Answer
    from tamis.fetch.fetcher import Trail

LEDGER = "fetched.jsonl"
ARCHIVES = "warc"
ARCHIVE_BYTES = 1_000_000_000  # the WARC guidelines' size of a file
PLACE = ("warc", "offset", "length")


class Store:
    """The folder of a fetch; one call at a time writes to it.

    Args:
        output: A local folder, made if it is not there.
        user_agent: For the archives' first record.
        now: Seconds since 1970.
        archive_bytes: An archive that has so many gets no more records.

    Attributes:
        rows: URL to its last line in the ledger; of what was fetched only where the archive is there.

    Raises:
        ConfigError: the folder is none, another call writes to it, or its ledger is no ledger.
    """

    def __init__(
        self, output: Path, user_agent: str, now: Any, *, archive_bytes: int = ARCHIVE_BYTES
    ) -> None:
        self._folder = output / ARCHIVES
        self._agent = user_agent
        self._now = now
        self._archive_bytes = archive_bytes
        self._lock = threading.Lock()
        self._archive: BinaryIO | None = None
        self._ledger = _opened(output)
        lines = _lines(self._ledger, output / LEDGER)
        self._finish(lines)
        there = {path.name for path in self._folder.glob("[0-9]" * 5 + ".warc.gz")}
        names = [*there, *(row["warc"] for row in lines if row["status"] == "fetched")]
        self._number = 1 + max((int(name.partition(".")[0]) for name in names), default=-1)
        self.rows = {row["url"]: row for row in lines if row["status"] == "failed" or row["warc"] in there}
        fetched = (row for row in self.rows.values() if row["status"] == "fetched")
        self._records = {row["record_id"]: row for row in fetched}

    def keep(self, url: str, trail: Trail, answer: Answer) -> dict[str, Any]:
        """Store a page; one that is stored already, under another URL that leads there, is only named again.

        Raises:
            DocumentError: ``bad_response``.
            SourceError: the disk refuses.
        """
        sha256 = hashlib.sha256(answer.body).hexdigest()
        date = self._date()
        final = trail.target.url
        member = response_record(final, answer, date, sha256)
        name = record_id(final, sha256)
        row = {
            "url": url, "status": "fetched", "date": date, "final_url": final, "redirects": trail.redirects,
            "media_type": answer.field("Content-Type").partition(";")[0].strip().lower() or None,
            "bytes": len(answer.body), "sha256": sha256, "record_id": name,
        }  # fmt: skip
        with self._lock:
            known = self._records.get(name)
            place = {key: known[key] for key in PLACE} if known else self._write(member, date)
            self._records[name] = {**row, **place}
            return self._tell(self._records[name])

    def fail(self, url: str, code: str, message: str, redirects: list[str]) -> dict[str, Any]:
        """Write that a URL could not be fetched, and why."""
        row = {
            "url": url, "status": "failed", "date": self._date(), "code": code, "message": message,
            "redirects": redirects,
        }  # fmt: skip
        with self._lock:
            return self._tell(row)

    def close(self) -> None:
        """Give the open archive its name; let the next call in."""
        self._name_archive()
        self._ledger.close()

    def _date(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _tell(self, row: dict[str, Any]) -> dict[str, Any]:
        try:
            self._ledger.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            self._ledger.flush()
        except OSError as error:
            raise SourceError(f"{self._ledger.name}: cannot be written: {error}") from error
        self.rows[row["url"]] = row
        return row

    def _write(self, member: bytes, date: str) -> dict[str, Any]:
        try:
            if self._archive is not None and self._archive.tell() >= self._archive_bytes:
                self._name_archive()
            archive = self._archive or self._begin(date)
            offset = archive.tell()
            archive.write(member)
            archive.flush()
        except OSError as error:
            raise SourceError(f"{self._folder}: cannot be written: {error}") from error
        return {"warc": _final_name(Path(archive.name)), "offset": offset, "length": len(member)}

    def _begin(self, date: str) -> BinaryIO:
        name = f"{self._number:05}.warc.gz"
        self._number += 1
        self._archive = (self._folder / f".{name}.part").open("wb")
        self._archive.write(warcinfo_record(name, date, self._agent))
        return self._archive

    def _name_archive(self) -> None:
        if self._archive is not None:
            self._archive.close()
            part = Path(self._archive.name)
            part.rename(part.with_name(_final_name(part)))
            self._archive = None

    def _finish(self, lines: list[dict[str, Any]]) -> None:
        """Give an archive that a stopped call left its name, without what no line tells of."""
        for part in self._folder.glob(".*.part"):
            name = _final_name(part)
            ends = [row["offset"] + row["length"] for row in lines if row.get("warc") == name]
            if ends:
                os.truncate(part, max(ends))
                part.rename(part.with_name(name))
            else:
                part.unlink()


def _final_name(part: Path) -> str:
    return part.name.removeprefix(".").removesuffix(".part")


def _opened(output: Path) -> BinaryIO:
    try:
        (output / ARCHIVES).mkdir(parents=True, exist_ok=True)
        ledger = (output / LEDGER).open("a+b")
        fcntl.flock(ledger, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError([Problem("--output", f"{output}: another `tamis fetch` writes there")]) from error
    except OSError as error:
        raise ConfigError([Problem("--output", f"{output}: cannot be written: {error.strerror}")]) from error
    return ledger


def _lines(ledger: BinaryIO, path: Path) -> list[dict[str, Any]]:
    """Return the ledger's lines; a last one that was cut short is taken off."""
    ledger.seek(0)
    data = ledger.read()
    whole = data[: data.rfind(b"\n") + 1]
    ledger.truncate(len(whole))
    try:
        rows = [json.loads(line) for line in whole.splitlines()]
        if all(row["status"] in ("fetched", "failed") and row["url"] for row in rows):
            return rows
    except (ValueError, TypeError, KeyError):
        pass
    raise ConfigError([Problem("--output", f"{path} is no ledger of `tamis fetch`: use another folder")])
