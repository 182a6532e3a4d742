from __future__ import annotations

import pytest
from lxml import etree

from tamis.extract.html_tree import MAX_DEPTH, flattened, parse_html
from tamis.extract.payload import ExtractOptions, extract_payload

ARTICLE = """<!DOCTYPE html><html lang="en"><head><title>Sieves | Kitchen</title>
<meta property="og:title" content="All about sieves"><meta name="author" content="Ada Miller">
<meta property="article:published_time" content="2021-03-04T05:06:07Z">
<link rel="canonical" href="https://example.org/sieves"></head><body>
<nav><a href="/">Home</a> <a href="/shop">Shop our catalogue</a></nav>
<article><h1>All about sieves</h1>
<p>A tamis is a drum sieve that cooks have used for a very long time to make purées and flours fine.</p>
<h2>Kinds<a class="headerlink" href="#kinds">¶</a></h2>
<p>There are several kinds of sieve, and each of them has its own use in the kitchen or in the garden:</p>
<ul><li>The drum sieve, which is round and flat</li><li>The soil sieve, which is coarse</li></ul>
<table><tr><th>mesh</th><th>size</th></tr><tr><td>fine</td><td>0.1 mm</td></tr></table>
<p>Whoever buys a sieve should look at its mesh first, since that decides what stays and what goes.</p>
</article>
<footer>All rights reserved by the kitchen company</footer></body></html>"""


def nested(depth: int, tag: str = "div") -> bytes:
    sentence = "<p>This paragraph lies at the very bottom of the page and must still be read.</p>"
    inner = f"{f'<{tag}>' * depth}{sentence}{f'</{tag}>' * depth}"
    return f"<html><body>{inner}<p>Afterwards.</p></body></html>".encode()


def test_html_keeps_the_article_as_markdown_and_drops_the_rest():
    text = extract_payload(ARTICLE.encode()).text
    assert "## Kinds\n" in text
    assert "- The drum sieve, which is round and flat\n- The soil sieve" in text
    assert "| fine | 0.1 mm |" in text
    assert "\n\nThere are several kinds" in text
    for unwanted in ("Shop our catalogue", "All rights reserved", "¶"):
        assert unwanted not in text


def test_html_states_title_author_date_and_url():
    extraction = extract_payload(ARTICLE.encode("utf-16"))
    assert extraction.title == "All about sieves"
    assert extraction.author == "Ada Miller"
    assert extraction.published_utc == "2021-03-04"
    assert extraction.url == "https://example.org/sieves"
    assert "+trafilatura-" in extraction.extractor


def test_html_date_does_not_depend_on_today():
    """This test ensures that a date after the day of the run is kept: htmldate refuses it by default."""
    page = ARTICLE.replace("2021-03-04", "2098-03-04")
    assert extract_payload(page.encode()).published_utc == "2098-03-04"


def test_html_result_does_not_depend_on_earlier_documents():
    first = extract_payload(ARTICLE.replace("cooks", "bakers").encode())
    assert "bakers" in first.text
    for _ in range(4):  # trafilatura's duplicate test would refuse the third
        assert extract_payload(ARTICLE.replace("cooks", "bakers").encode()) == first


@pytest.mark.parametrize(
    ("depth", "tag"),
    [(MAX_DEPTH - 3, "div"), (MAX_DEPTH, "div"), (250, "div"), (300, "div"), (300, "b"), (100_000, "div")],
)
def test_html_text_is_kept_at_any_depth(depth, tag):
    assert "at the very bottom of the page" in extract_payload(nested(depth, tag)).text
    everything = extract_payload(nested(depth, tag), options=ExtractOptions(html_content="all")).text
    assert "at the very bottom of the page" in everything
    assert "Afterwards." in everything


@pytest.mark.parametrize(
    "page", [b"<html></html>", b"<html><body><script>x()</script></body></html>", b"<!-- x --><html>"]
)
def test_html_without_text_is_empty(page):
    assert extract_payload(page).text == ""


def test_html_of_a_few_words_keeps_them_and_a_mere_menu_stays_empty():
    menu = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/shop'>Shop</a></li></ul></nav>"
    said = "<p>This page says what <a href='/a'>another page</a> says too.</p>"
    assert extract_payload(f"<html><body>{menu}{said}</body></html>".encode()).text == (
        "This page says what another page says too."
    )
    assert extract_payload(f"<html><body>{menu}</body></html>".encode()).text == ""


def test_html_reads_nul_and_surrogate_references():
    page = ARTICLE.replace("round and flat", "round\x00 and &#xD800;flat&#0;")
    assert "which is round and" in extract_payload(page.encode()).text


def test_html_of_a_megabyte_is_read_to_its_end():
    sentence = "Sentence number {} of the page says something of its own about sieves. "
    page = f"<html><body>{''.join(f'<p>{sentence.format(n) * 15}</p>' for n in range(1000))}</body></html>"
    assert len(page) > 1 << 20
    assert "number 999 of" in extract_payload(page.encode()).text


@pytest.mark.parametrize(
    ("page", "max_depth", "expected"),
    [
        ("", 2, ""),
        ("<a><b>x</b></a>", 2, "<a><b>x</b></a>"),
        ("<a><b><i>x</i>y</b></a>", 2, "<a><b>\nx\ny</b></a>"),
        ("<a><b><br>x<img src='>'></b></a>", 1, "<a>\n<br>x<img src='>'>\n</a>"),
        ("<p>1<p>2<p>3", 1, "<p>1<p>2<p>3"),
        ("<a><script>'<b><b>'</script>x</a>", 1, "<a><script>'<b><b>'</script>x</a>"),
        ("</b><a>x", 1, "\n<a>x"),
        ("1 < 2 <a>", 1, "1 < 2 <a>"),
    ],
)
def test_flattened_drops_deep_tags_alone(page, max_depth, expected):
    assert flattened(page, max_depth) == expected


def test_parse_html_bounds_the_depth_of_its_tree():
    tree = parse_html(nested(5000).decode())
    deepest = max(sum(1 for _ in element.iterancestors()) for element in tree.iter(etree.Element))
    assert 100 < deepest <= MAX_DEPTH + 2


def test_xhtml_reads_marked_sections():
    page = "<?xml version='1.0'?><html><body><p>a <![CDATA[<b> & c]]> d</p></body></html>"
    made = extract_payload(page.encode(), options=ExtractOptions(html_content="all"))
    assert (made.media_type, made.text) == ("text/html", "a <b> & c d")


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><p>a</p></body></html> b <p>c</p>",
        "<html><head></head><body><p>a</p></body>b<p>c</p></html>",
        "<html><body>a</html><div>b</div><html><head><title>t</title></head><body class=x>c</body></html>",
        "a</body></html><p>b</p></body></html><p>c",
        f"<html><body><p>a</p>{'<div>' * 200}</body></html><p>b</p><p>c</p>",
    ],
)
def test_html_behind_the_end_of_the_page_is_read(page):
    """This test ensures that a page put together from several loses none of them."""
    made = extract_payload(page.encode(), name="a.html", options=ExtractOptions(html_content="all"))
    assert made.text.split() == ["a", "b", "c"]
