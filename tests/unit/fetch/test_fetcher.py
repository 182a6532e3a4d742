"""One URL against a real server: robots.txt, turns, tries, redirects, addresses and bounds."""

from __future__ import annotations

import gzip
import socket
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.unit.fetch.server import Said, Server, certificate, world

from tamis.errors import DocumentError
from tamis.fetch.client import Wanted, _body
from tamis.fetch.fetcher import Fetcher, World
from tamis.fetch.options import FETCH_CODES, MAX_CRAWL_DELAY, MAX_RETRY_WAIT, ROBOTS_BYTES, FetchOptions
from tamis.fetch.urls import target_of


class Visit:
    """What fetching one URL gave: an answer or a code."""

    def __init__(self, fetcher, url):
        self.trail = fetcher.trail(target_of(url))
        self.answer, self.code, self.message = None, "", ""
        try:
            self.answer = fetcher.fetch(self.trail)
        except DocumentError as error:
            self.code, self.message = error.code, error.message
        assert self.code in {"", *FETCH_CODES} or self.code.startswith("http_status.")


def visit(url, time, options=None, **surroundings):
    return Visit(Fetcher(options or FetchOptions(), world(time, **surroundings)), url)


def test_page_comes_with_its_header_and_the_server_learns_who_asks(server, time):
    page = server.says(
        "/a?b=1", Said(200, b"hello", (("Content-Type", "text/plain"), ("X-Two", "1"), ("X-Two", "2")))
    )
    found = visit(page, time, FetchOptions(contact="mailto:me@example.org"))
    assert found.answer.body == b"hello"
    assert [value for name, value in found.answer.headers if name == "X-Two"] == ["1", "2"]
    assert found.answer.address == "127.0.0.1"
    host = f"site.test:{server.port}"  # a name that no real name service knows
    agents = {agent for _, _, agent in server.asked}
    assert [(path, name) for path, name, _ in server.asked] == [("/robots.txt", host), ("/a?b=1", host)]
    assert all(agent.startswith("tamis/") and agent.endswith(" (+mailto:me@example.org)") for agent in agents)


def test_robots_txt_is_obeyed_and_read_once(server, time):
    server.says(
        "/robots.txt",
        Said(200, b"User-agent: *\nDisallow: /\n\nUser-agent: tamis\nDisallow: /p*/\nAllow: /p1/\n"),
    )
    fetcher = Fetcher(FetchOptions(), world(time))
    for path in ("/p1/a", "/p2/a", "/q"):
        server.says(path, Said(200, b"x"))
    codes = [Visit(fetcher, server.url(path)).code for path in ("/p1/a", "/p2/a", "/q")]
    assert codes == ["", "robots", ""]
    assert server.paths == ["/robots.txt", "/p1/a", "/q"]


@pytest.mark.parametrize(
    ("status", "code"), [(404, ""), (401, ""), (499, ""), (204, ""), (429, "robots_unreachable"),
                         (500, "robots_unreachable"), (503, "robots_unreachable")],
)  # fmt: skip
def test_robots_txt_that_is_not_there_allows_and_one_that_fails_forbids(server, time, status, code):
    server.says("/robots.txt", Said(status))
    assert visit(server.says("/a", Said(200, b"x")), time).code == code
    assert ("/a" in server.paths) == (not code)


def test_robots_txt_is_followed_through_redirects_and_decoded(server, time):
    server.says("/robots.txt", Said(301, b"", (("Location", server.url("/r", "other.test")),)))
    rules = gzip.compress(b"User-agent: *\nDisallow: /a\n", mtime=0)
    server.says("/r", Said(200, rules, (("Content-Encoding", "gzip"),)))
    assert visit(server.says("/a", Said(200, b"x")), time).code == "robots"
    assert server.paths == ["/robots.txt", "/r"]


def test_robots_txt_is_read_to_its_bound(server, time):
    head, last = b"User-agent: *\n", b"\nDisallow: /a\n"
    inside = head + b"#" * (ROBOTS_BYTES - len(head + last)) + last
    server.says("/robots.txt", Said(200, inside + b"Disallow: /b\n"))
    fetcher = Fetcher(FetchOptions(), world(time))
    server.says("/b", Said(200, b"x"))
    assert [Visit(fetcher, server.url(path)).code for path in ("/a", "/b")] == ["robots", ""]


def test_crawl_delay_parts_requests(server, time):
    server.says("/robots.txt", Said(200, b"User-agent: *\nCrawl-delay: 7\n"))
    fetcher = Fetcher(FetchOptions(), world(time))
    for path in ("/a", "/b"):
        Visit(fetcher, server.says(path, Said(200, b"x")))
    assert server.paths == ["/robots.txt", "/a", "/b"]
    assert time.naps == [7.0, 7.0]


@pytest.mark.parametrize(("delay", "code"), [(MAX_CRAWL_DELAY, ""), (MAX_CRAWL_DELAY + 1, "crawl_delay")])
def test_crawl_delay_has_a_bound(server, time, delay, code):
    server.says("/robots.txt", Said(200, f"User-agent: *\nCrawl-delay: {delay:g}\n".encode()))
    assert visit(server.says("/a", Said(200, b"x")), time).code == code


def test_busy_server_is_asked_again_when_it_says(server, time):
    page = server.says("/a", Said(429, b"", (("Retry-After", "30"),)), Said(503), Said(200, b"there"))
    assert visit(page, time).answer.body == b"there"
    assert server.paths == ["/robots.txt", "/a", "/a", "/a"]
    assert time.naps == [1.0, 30.0, 4.0]


def test_server_that_stays_busy_is_given_up_after_all_tries(server, time):
    assert visit(server.says("/a", Said(503)), time, FetchOptions(tries=3)).code == "http_status.503"
    assert server.paths.count("/a") == 3


@pytest.mark.parametrize(("seconds", "asked"), [(MAX_RETRY_WAIT, 2), (MAX_RETRY_WAIT + 1, 1)])
def test_retry_after_has_a_bound(server, time, seconds, asked):
    page = server.says("/a", Said(429, b"", (("Retry-After", f"{seconds:g}"),)))
    assert visit(page, time, FetchOptions(tries=2)).code == "http_status.429"
    assert server.paths.count("/a") == asked


def test_connection_that_breaks_is_tried_again(server, time):
    broken = Said(200, b"x" * 100, (("Content-Length", "100"),), close_early=True)
    page = server.says("/a", broken, Said(200, b"whole"))
    assert visit(page, time).answer.body == b"whole"
    assert time.naps == [1.0, 2.0]


def test_host_that_takes_no_connection_is_unreachable(time):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        found = visit(f"http://site.test:{taken.getsockname()[1]}/a", time, FetchOptions(tries=3))
    assert found.code == "unreachable"
    assert found.message.startswith("robots.txt: site.test: ")
    assert time.naps == [2.0, 4.0]


def test_second_address_is_asked_where_the_first_takes_no_connection(server, time):
    page = server.says("/a", Said(200, b"x"))
    known = {"site.test": ["127.0.0.2", "127.0.0.1"]}
    found = visit(page, time, addresses=known, public=("127.0.0.1", "127.0.0.2"))
    assert found.answer.address == "127.0.0.1"


def test_status_that_is_no_page_is_a_failure_and_not_asked_again(server, time):
    assert visit(server.says("/a", Said(404, b"gone")), time).code == "http_status.404"
    assert visit(server.says("/b", Said(500)), time).code == "http_status.500"
    assert server.paths.count("/a") == server.paths.count("/b") == 1


def test_redirects_are_followed_and_told(server, time):
    for place in range(5):
        server.says(f"/{place}", Said(302, b"", (("Location", f"/{place + 1}"),)))
    server.says("/5", Said(200, b"end"))
    found = visit(server.url("/0"), time)
    assert found.answer.body == b"end"
    assert found.trail.target.url == server.url("/5")
    assert found.trail.redirects == [server.url(f"/{place}") for place in range(1, 6)]


def test_sixth_redirect_is_not_followed(server, time):
    for place in range(6):
        server.says(f"/{place}", Said(308, b"", (("Location", f"/{place + 1}"),)))
    assert visit(server.url("/0"), time).code == "redirects"
    assert "/6" not in server.paths


@pytest.mark.parametrize("location", ["/a", "/b", "ftp://a.test/", "http://", None])
def test_redirect_that_leads_nowhere_fails(server, time, location):
    server.says("/a", Said(301, b"", (("Location", location),) if location else ()))
    server.says("/b", Said(301, b"", (("Location", "/a"),)))
    found = visit(server.url("/a"), time)
    assert found.code == "redirects"
    assert server.paths == ["/robots.txt", "/a", "/b"][: 3 if location == "/b" else 2]


def test_target_of_a_redirect_is_asked_for_its_robots_txt(server, time):
    page = server.says("/a", Said(301, b"", (("Location", server.url("/b", "other.test")),)))
    server.says("/robots.txt", Said(404), Said(200, b"User-agent: *\nDisallow: /b\n"))
    assert visit(page, time).code == "robots"
    hosts = [host.partition(":")[0] for _, host, _ in server.asked]
    assert list(zip(server.paths, hosts, strict=True)) == [
        ("/robots.txt", "site.test"), ("/a", "site.test"), ("/robots.txt", "other.test"),
    ]  # fmt: skip


@pytest.mark.parametrize("host", ["inside.test", "127.0.0.2", "169.254.169.254"])
def test_redirect_to_a_private_address_is_refused(server, time, host):
    page = server.says("/a", Said(302, b"", (("Location", server.url("/secret", host)),)))
    known = {"inside.test": ["127.0.0.2"], host: ["127.0.0.2"]}
    found = visit(page, time, addresses=known)
    assert found.code == "private_address"
    assert found.trail.redirects == [server.url("/secret", host)]
    assert server.paths == ["/robots.txt", "/a"]


def test_no_request_reaches_a_private_address(server):
    page = server.says("/a", Said(200, b"secret")).replace("site.test", "127.0.0.1")
    target = target_of(page)
    fetcher = Fetcher(FetchOptions(), World())
    with pytest.raises(DocumentError, match=r"private_address: .*--allow-private"):
        fetcher.fetch(fetcher.trail(target))
    assert server.asked == []
    allowing = Fetcher(FetchOptions(allow_private=True, rate=1000.0), World())
    assert allowing.fetch(allowing.trail(target)).body == b"secret"


def test_of_mixed_addresses_only_the_public_ones_are_asked(server, time):
    known = {"site.test": ["127.0.0.1", "127.0.0.2"]}  # the server listens on the first
    page = server.says("/a", Said(200, b"x"))
    assert visit(page, time, addresses=known, public=("127.0.0.2",)).code == "unreachable"
    assert server.asked == []
    assert visit(page, time, addresses=known).answer.address == "127.0.0.1"


def test_name_is_resolved_once_a_request(server, time):
    answers = [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"]]
    surroundings = world(time)
    page = server.says("/a", Said(200, b"x"))
    rebinding = Fetcher(
        FetchOptions(),
        type(surroundings)(lambda *_: answers.pop(0), surroundings.is_public, time.clock, time.sleep),
    )
    assert Visit(rebinding, page).answer.address == "127.0.0.1"
    assert answers == [["127.0.0.2"]]


@pytest.mark.parametrize(("size", "code"), [(1000, ""), (1001, "too_large")])
@pytest.mark.parametrize("has_length", [True, False], ids=["length", "no_length"])
def test_body_has_a_bound(server, time, size, code, has_length):
    body = b"x" * size
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    said = Said(200, body) if has_length else Said(200, chunked, (("Transfer-Encoding", "chunked"),))
    found = visit(server.says("/a", said), time, FetchOptions(max_record_bytes=1000))
    assert found.code == code
    assert server.paths.count("/a") == 1


def test_body_that_is_too_long_is_not_read_on():
    chunks = iter([b"x" * 600] * 9)
    response = SimpleNamespace(headers={}, stream=lambda *_, **__: chunks)
    with pytest.raises(DocumentError, match="too_large"):
        _body(response, Wanted({}, max_bytes=1000))
    assert len(list(chunks)) == 7


def test_server_that_drips_hits_the_deadline_and_is_not_asked_again(server, time):
    found = visit(server.says("/a", Said(200, drip=b"x")), time, FetchOptions(deadline=0.4))
    assert found.code == "deadline"
    assert server.paths.count("/a") == 1


def test_deadline_is_one_for_all_requests_of_a_url(server, time):
    for place in range(3):
        server.says(f"/{place}", Said(302, b"", (("Location", f"/{place + 1}"),)))

    def resolve(*_):
        time.seconds += 25.0
        return ["127.0.0.1"]

    fetcher = Fetcher(FetchOptions(deadline=60.0), replace(world(time), resolve=resolve))
    assert Visit(fetcher, server.url("/0")).code == "deadline"
    assert server.paths == ["/robots.txt", "/0", "/1", "/2"]


def test_server_that_never_answers_hits_the_deadline(time):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert visit(f"http://site.test:{port}/a", time, FetchOptions(deadline=0.2)).code == "deadline"


def test_what_is_no_http_is_not_asked_again(server, time):
    assert visit(
        server.says("/a", Said(200, b"x", tuple((f"X-{n}", "x") for n in range(101)))), time
    ).code == ("bad_response")
    assert server.paths.count("/a") == 1


def test_what_is_no_tls_is_told(server, time):
    assert visit(server.url("/a").replace("http:", "https:"), time).code == "tls"


@pytest.fixture
def secure(tmp_path, monkeypatch):
    """Give a server whose certificate is for site.test, by an authority that the system knows."""
    file = certificate(tmp_path / "site.pem", "site.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with Server(file) as made:
        yield made


def test_certificate_is_checked_for_the_name_not_the_address(secure, time):
    page = secure.says("/a", Said(200, b"secret"))
    assert visit(page, time).answer.body == b"secret"
    assert visit(page.replace("site.test", "other.test"), time).code == "tls"
    assert visit(page.replace("site.test", "127.0.0.1"), time).code == "tls"
    assert secure.paths == ["/robots.txt", "/a"]


def test_certificate_of_an_unknown_authority_is_refused(secure, time, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path / "else.pem", "site.test")))
    assert visit(secure.says("/a", Said(200, b"x")), time).code == "tls"


def test_deadline_cuts_secure_connections_too(secure, time):
    assert visit(secure.says("/a", Said(200, drip=b"x")), time, FetchOptions(deadline=0.5)).code == "deadline"
