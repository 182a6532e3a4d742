"""A list to a folder: archives that two readers agree on, a ledger, calls that are stopped and go on."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys

import brotli
import pytest
from tests.conftest import ROOT
from tests.unit.fetch.server import Said, world
from warcio.archiveiterator import ArchiveIterator

from tamis.cli import main
from tamis.errors import ConfigError, SourceError
from tamis.extract.files import extract_files
from tamis.fetch import store as stores
from tamis.fetch.options import FetchOptions
from tamis.fetch.run import fetch_urls
from tamis.fetch.store import Store
from tamis.io.readers import InputFile, Record, Skipped, read_input
from tamis.recipes import load_recipe

HTML = (
    b"<html><head><title>Sieves</title></head><body><article><h1>Sieves</h1><p>A sieve, called tamis in the "
    b"kitchen, parts fine flour from coarse bran, and has done so for centuries.</p></article></body></html>"
)
TYPE = ("Content-Type", "text/html; charset=utf-8")


@pytest.fixture
def fetch(tmp_path, time):
    """Give what fetches URLs into the test's folder and returns the summary."""

    def call(*urls, options=None, **more):
        (tmp_path / "urls.txt").write_text("\n".join(urls))
        return fetch_urls(
            tmp_path / "urls.txt", tmp_path / "out", options or FetchOptions(), world=world(time), **more
        )

    return call


def ledger(tmp_path):
    return [json.loads(line) for line in (tmp_path / "out" / "fetched.jsonl").read_text().splitlines()]


def archives(tmp_path):
    return sorted((tmp_path / "out" / "warc").iterdir())


def responses(path):
    """Return (URL, id, payload, sound digests) of each response as warcio reads it."""
    with path.open("rb") as stream:
        return [
            (
                record.rec_headers["WARC-Target-URI"], record.rec_headers["WARC-Record-ID"],
                record.raw_stream.read(), record.digest_checker.passed,
            )
            for record in ArchiveIterator(stream, check_digests=True)
            if record.rec_type == "response"
        ]  # fmt: skip


def test_pages_are_archives_that_two_readers_agree_on(tmp_path, server, fetch):
    packed = gzip.compress(HTML, mtime=0)
    urls = [
        server.says("/plain", Said(200, HTML, (TYPE,))),
        server.says("/gzip", Said(200, packed, (TYPE, ("Content-Encoding", "gzip")))),
        server.says("/br", Said(200, brotli.compress(HTML), (TYPE, ("Content-Encoding", "br")))),
        server.says(
            "/chunked",
            Said(200, b"%x\r\n%b\r\n0\r\n\r\n" % (len(HTML), HTML), (TYPE, ("Transfer-Encoding", "chunked"))),
        ),
        server.says("/gone", Said(404)),
    ]
    result = fetch(*urls)
    assert (result["urls"], result["fetched"], result["failed"], result["requested"]) == (5, 4, 1, 5)
    assert result["failed_by_code"] == {"http_status.404": 1}
    (path,) = archives(tmp_path)
    found = responses(path)
    assert [url for url, _, _, _ in found] == urls[:4]
    assert [payload for _, _, payload, _ in found] == [HTML, packed, brotli.compress(HTML), HTML]
    assert all(is_sound for _, _, _, is_sound in found)
    with path.open("rb") as stream:
        *_, last = (record.http_headers for record in ArchiveIterator(stream))
        assert last["X-Crawl-Transfer-Encoding"] == "chunked"
        assert last["Transfer-Encoding"] is None

    file = InputFile("web", str(path.parent), path.name, "warc", path.stat().st_size)
    items = list(read_input(file, max_record_bytes=10**6))
    records = [item for item in items if isinstance(item, Record)]
    assert [item.reason for item in items if isinstance(item, Skipped)] == ["warcinfo"]
    assert [(record.url, record.key, record.payload) for record in records] == [row[:3] for row in found]
    assert all("warc_block_digest" not in record.metadata for record in records)

    lines = list(extract_files([str(path)]))
    assert [line["status"] for line in lines] == ["ok"] * 4
    assert all("parts fine flour from coarse bran" in line["text"] for line in lines)


def test_ledger_tells_where_each_page_lies_and_its_hash(tmp_path, server, fetch):
    page = server.says("/a", Said(200, HTML, (TYPE,)))
    moved = server.says("/old", Said(301, b"", (("Location", "/a"),)))
    fetch(moved, server.url("/none"))
    fetched, failed = ledger(tmp_path)
    assert (fetched["url"], fetched["final_url"], fetched["redirects"]) == (moved, page, [page])
    assert (fetched["sha256"], fetched["bytes"]) == (hashlib.sha256(HTML).hexdigest(), len(HTML))
    assert fetched["media_type"] == "text/html"
    stored = archives(tmp_path)[0].read_bytes()[fetched["offset"] :]
    assert len(stored) == fetched["length"]
    assert stored[4:8] == bytes(4)  # gzip's time: equal pages are equal bytes but for WARC-Date
    assert gzip.decompress(stored).startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")
    assert (failed["status"], failed["code"]) == ("failed", "http_status.404")


def test_second_call_does_nothing(tmp_path, server, fetch):
    urls = [server.says("/a", Said(200, HTML)), server.url("/none"), "mailto:me"]
    first = fetch(*urls)
    asked, files = len(server.asked), {path: path.read_bytes() for path in archives(tmp_path)}
    again = fetch(*urls)
    assert len(server.asked) == asked
    assert {path: path.read_bytes() for path in archives(tmp_path)} == files
    assert len(ledger(tmp_path)) == 3
    assert again == {**first, "requested": 0}


def test_only_what_is_missing_is_fetched_into_another_archive(tmp_path, server, fetch):
    one, two = server.says("/1", Said(200, b"one")), server.says("/2", Said(200, b"two"))
    fetch(one)
    before = archives(tmp_path)[0].read_bytes()
    fetch(one, two)
    assert server.paths == ["/robots.txt", "/1", "/robots.txt", "/2"]
    assert [path.name for path in archives(tmp_path)] == ["00000.warc.gz", "00001.warc.gz"]
    assert archives(tmp_path)[0].read_bytes() == before


def test_failed_urls_are_fetched_again_when_asked_to(tmp_path, server, fetch):
    page = server.says("/a", Said(500), Said(200, b"now"))
    assert fetch(page)["failed"] == 1
    assert fetch(page)["failed"] == 1
    assert server.paths.count("/a") == 1
    assert fetch(page, retry_failed=True)["fetched"] == 1
    assert fetch(page, retry_failed=True)["requested"] == 0
    assert [row["status"] for row in ledger(tmp_path)] == ["failed", "fetched"]


def test_same_bytes_have_the_same_id_and_others_another(tmp_path, server, fetch):
    page = server.says("/a", Said(200, b"v1"), Said(200, b"v1"), Said(200, b"v2"))
    ids = []
    for name in ("1", "2", "3"):
        fetch(page)
        ids.append(ledger(tmp_path)[0]["record_id"])
        (tmp_path / "out").rename(tmp_path / name)
    assert ids[0] == ids[1] != ids[2]


def test_page_that_two_urls_lead_to_is_stored_once(tmp_path, server, fetch):
    page = server.says("/a", Said(200, b"same"))
    moved = server.says("/old", Said(301, b"", (("Location", "/a"),)))
    assert fetch(page, moved)["fetched"] == 2
    assert len(responses(archives(tmp_path)[0])) == 1
    rows = ledger(tmp_path)
    assert [row["url"] for row in rows] == [page, moved]
    assert rows[0]["record_id"] == rows[1]["record_id"]
    assert rows[0]["offset"] == rows[1]["offset"]


def test_two_spellings_of_a_url_are_one(server, fetch):
    page = server.says("/a", Said(200, b"x"))
    assert fetch(page, page.replace("http://site", "HTTP://Site") + "#top")["urls"] == 1
    assert server.paths == ["/robots.txt", "/a"]


def test_archive_that_was_removed_is_fetched_again(tmp_path, server, fetch):
    page = server.says("/a", Said(200, b"x"))
    fetch(page)
    archives(tmp_path)[0].unlink()
    assert fetch(page)["requested"] == 1
    (path,) = archives(tmp_path)
    assert path.name == "00001.warc.gz"  # lines tell of the first by its name
    assert len(responses(path)) == 1


@pytest.mark.parametrize("torn", [b"", b"\x1f\x8b\x08 half a member"], ids=["whole", "torn"])
def test_stopped_call_leaves_what_its_ledger_tells(tmp_path, server, fetch, torn):
    one, two = server.says("/1", Said(200, b"one")), server.says("/2", Said(200, b"two"))
    fetch(one)
    path = archives(tmp_path)[0]
    part = path.with_name(f".{path.name}.part")  # as it lies there before a call ends
    part.write_bytes(path.read_bytes() + torn)
    path.unlink()
    with (tmp_path / "out" / "fetched.jsonl").open("ab") as stream:
        stream.write(b'{"url": "http://site.test/2", "sta')
    assert fetch(one, two)["requested"] == 1
    assert [url for path in archives(tmp_path) for url, *_ in responses(path)] == [one, two]
    assert not list((tmp_path / "out" / "warc").glob(".*"))
    assert fetch(one, two)["requested"] == 0


def test_archive_of_which_no_line_tells_goes(tmp_path, server, fetch):
    folder = tmp_path / "out" / "warc"
    folder.mkdir(parents=True)
    (folder / ".00000.warc.gz.part").write_bytes(b"x" * 100)
    fetch(server.url("/none"))
    assert list(folder.iterdir()) == []


def test_full_archive_is_followed_by_another(tmp_path, server, fetch, monkeypatch):
    monkeypatch.setattr(Store.__init__, "__kwdefaults__", {"archive_bytes": 1})
    fetch(*(server.says(f"/{place}", Said(200, b"%d" % place)) for place in range(3)))
    assert [len(responses(path)) for path in archives(tmp_path)] == [1, 1, 1]


def test_requests_to_a_host_lie_apart_and_in_order(server, fetch, time):
    urls = [server.says(f"/{place}", Said(200, b"%d" % place)) for place in range(4)]
    fetch(*urls, options=FetchOptions(rate=0.5))
    assert server.paths == ["/robots.txt", "/0", "/1", "/2", "/3"]
    assert sum(time.naps) == 8.0


def test_several_hosts_are_asked_each_for_its_own(tmp_path, server, fetch):
    for path in ("/a", "/b"):
        server.says(path, Said(200, path.encode()))
    urls = [server.url(path, f"{host}.test") for path in ("/a", "/b") for host in ("x", "y", "z")]
    assert fetch(*urls)["fetched"] == 6
    by_host = {}
    for path, host, _ in server.asked:
        by_host.setdefault(host, []).append(path)
    assert list(by_host.values()) == [["/robots.txt", "/a", "/b"]] * 3
    assert sorted(url for url, *_ in responses(archives(tmp_path)[0])) == sorted(urls)


def test_header_that_could_not_be_read_again_is_refused(server, fetch):
    long = tuple((f"X-{place}", "x" * 1000) for place in range(70))
    assert fetch(server.says("/a", Said(200, b"x", long)))["failed_by_code"] == {"bad_response": 1}


def test_disk_that_refuses_ends_the_call_and_keeps_what_was_fetched(tmp_path, server, fetch, monkeypatch):
    real = stores.response_record
    full = [False]

    def member(*given):
        if full[0]:
            raise SourceError("no space left")
        full[0] = True
        return real(*given)

    monkeypatch.setattr(stores, "response_record", member)
    urls = [server.says(f"/{place}", Said(200, b"%d" % place)) for place in range(3)]
    with pytest.raises(SourceError, match="no space left"):
        fetch(*urls)
    assert len(responses(archives(tmp_path)[0])) == 1
    full[0] = False
    monkeypatch.setattr(stores, "response_record", real)
    assert fetch(*urls)["requested"] == 2


def test_other_hosts_are_left_alone_once_the_disk_refuses(server, fetch, monkeypatch):
    real = stores.response_record

    def member(url, *given):
        if "full.test" in url:
            raise SourceError("no space left")
        return real(url, *given)

    monkeypatch.setattr(stores, "response_record", member)
    server.says("/", Said(200, b"x"))
    others = [server.says(f"/{place}", Said(200, b"%d" % place)) for place in range(200)]
    with pytest.raises(SourceError, match="no space left"):
        fetch(server.url("/", "full.test"), *others)
    assert len(server.paths) < 200


def test_two_calls_do_not_write_to_one_folder(tmp_path, time, server, fetch):
    held = Store(tmp_path / "out", "tamis", time.clock)
    with pytest.raises(ConfigError, match="another `tamis fetch` writes there"):
        fetch(server.url("/a"))
    held.close()
    assert server.asked == []


def test_folder_with_another_file_of_that_name_is_refused(tmp_path, fetch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "fetched.jsonl").write_text('{"other": 1}\n')
    with pytest.raises(ConfigError, match="is no ledger"):
        fetch("http://site.test/")
    assert (tmp_path / "out" / "fetched.jsonl").read_text() == '{"other": 1}\n'


def test_remote_output_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="a local folder is needed"):
        fetch_urls(tmp_path / "urls.txt", "s3://bucket/out")


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.0},
        {"rate": float("nan")},
        {"deadline": -1.0},
        {"contact": "a\r\nX: b"},
        {"tries": 0},
        {"deadline": float("inf")},
        {"deadline": 3601},
    ],
)
def test_options_out_of_bounds_are_mistakes(wrong):
    with pytest.raises(ConfigError, match=f"--{next(iter(wrong))}"):
        FetchOptions(**wrong)


def test_verb_fetches_and_tells_a_machine(tmp_path, server, capsys):
    page = server.says("/a", Said(200, HTML, (TYPE,))).replace("site.test", "127.0.0.1")
    (tmp_path / "urls.txt").write_text(page)
    verb = ["fetch", str(tmp_path / "urls.txt"), "--output", str(tmp_path / "out"), "--rate", "1000"]
    assert main([*verb, "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out.splitlines()[-1])
    assert (told["fetched"], told["failed_by_code"]) == (0, {"private_address": 1})
    assert main([*verb, "--allow-private", "--retry-failed"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Done: {tmp_path}/out\n")
    assert f"- {{path: {tmp_path}/out/warc, format: warc, source: web}}" in captured.out
    assert main(verb) == 0
    assert capsys.readouterr().out.startswith("Nothing to do: ")


@pytest.mark.parametrize("wrong", [["--rate", "0"], ["--max-record-bytes", "many"], []])
def test_verb_with_wrong_arguments_exits_2(tmp_path, capsys, wrong):
    verb = ["fetch", str(tmp_path / "none.txt"), "--output", str(tmp_path / "out"), *wrong, "--json"]
    assert main(verb) == 2
    told = json.loads(capsys.readouterr().out)
    assert [problem["path"] for problem in told["problems"]] == [
        wrong[0] if wrong else str(tmp_path / "none.txt")
    ]
    assert not (tmp_path / "out").exists()


def test_recipe_that_asks_for_urls_is_told_of_the_verb(tmp_path):
    part = {"path": str(tmp_path / "urls.txt"), "format": "urls", "source": "web"}
    (tmp_path / "urls.txt").touch()
    with pytest.raises(ConfigError) as caught:
        load_recipe({"name": "n", "output": str(tmp_path / "out"), "inputs": [part]})
    (problem,) = caught.value.problems
    assert problem.path == "inputs[0].format"
    assert "tamis fetch URLS --output P" in problem.message


def test_call_that_is_killed_loses_only_the_page_it_was_at(tmp_path, server):
    urls = [server.says(f"/{place}", Said(200, b"%d" % place)) for place in range(3)]
    server.says("/1", Said(200, drip=b"x"), Said(200, b"1"))
    (tmp_path / "urls.txt").write_text("\n".join(urls).replace("site.test", "127.0.0.1"))
    verb = [sys.executable, "-m", "tamis.cli", "fetch", str(tmp_path / "urls.txt"), "--allow-private"]
    verb += ["--rate", "1000", "--output", str(tmp_path / "out")]
    with subprocess.Popen(verb, env={"PYTHONPATH": str(ROOT / "lib")}) as process:
        while "/1" not in server.paths and process.poll() is None:
            server.ended.wait(0.02)
        process.kill()
    assert [row["url"][-2:] for row in ledger(tmp_path)] == ["/0"]
    assert [path.name for path in archives(tmp_path)] == [".00000.warc.gz.part"]
    assert main(verb[3:]) == 0
    assert server.paths == ["/robots.txt", "/0", "/1", "/robots.txt", "/1", "/2"]
    assert [payload for path in archives(tmp_path) for _, _, payload, _ in responses(path)] == [
        b"0",
        b"1",
        b"2",
    ]


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_log_gets_a_line_every_ten_seconds_and_a_terminal_one_line(server, fetch):
    urls = [server.says(f"/{place}", Said(200, b"x" * 100_000 + b"%d" % place)) for place in range(12)]
    log, screen = io.StringIO(), Screen()
    fetch(*urls, server.url("/none"), progress=log)  # a request a second, after that for robots.txt
    assert log.getvalue() == "[10/13] fetched 10, failed 0; 1.0 MB\n"
    fetch(server.url("/else"), progress=screen)
    assert screen.getvalue() == "\r\x1b[K[1/1] fetched 0, failed 1; 0.0 MB\r\x1b[K"
