from __future__ import annotations

import pytest

from tamis.extract.html import html_page
from tamis.extract.html_blocks import Outline
from tamis.extract.html_hints import COMMENTS, HIDDEN, HINT_WORDS, hints
from tamis.extract.html_markdown import MarkdownWriter
from tamis.extract.html_tree import parse_html
from tamis.extract.html_votes import Chosen, letters


def markdown(body: str, *, links: bool = False) -> str:
    outline = Outline(parse_html(f"<html><body>{body}</body></html>"))
    return MarkdownWriter(frozenset(outline.blocks), links=links).write(outline.root)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>a <b>bold </b><i>x</i><p>b", "a **bold** *x*\n\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>own<p>inner</p>after</div>", "own\n\ninner\n\nafter"),
        ("<h2>Head <b>line</b></h2><h3><b>all</b></h3>", "## Head **line**\n\n### all"),
        ("<ul><li>a<ul><li>b</ul><li><p>c<p>d</ul>", "- a\n  - b\n- c\n\n  d"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<pre class='language-c'>int x;\n  y();</pre>", "```c\nint x;\n  y();\n```"),
        ("<div class='highlight-python3'><div><pre>```\n</pre></div></div>", "````python\n```\n````"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("use <code>a*b</code>", "use `a*b`"),
        ("<table><tr><th>k<th>v<tr><td>a|b<td><p>c<p>d</table>", "| k | v |\n| --- | --- |\n| a\\|b | c d |"),
        (
            "<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td colspan=2>d</table>",
            "| a | b |\n| --- | --- |\n|  | c |\n| d |  |",
        ),
        (
            "<table><tr><td>a<td>b<td rowspan=2>c<tr><td>d<tr><td>e<td>f<td>g</table>",
            "| a | b | c |\n| --- | --- | --- |\n| d |\n| e | f | g |",
        ),
        (
            "<table><tr><td rowspan=0>a<td>b<tr><td>c<tr><td>d</table>",
            "| a | b |\n| --- | --- |\n|  | c |\n|  | d |",
        ),
        (
            "<table><caption>n</caption>one<tr>two<td>a<td>b</tr><tbody>three<tr><td>c<td>d</table>",
            "n\n\none\n\ntwo\n\nthree\n\n| a | b |\n| --- | --- |\n| c | d |",
        ),
        ("<table><tr><td>lone</table>", "lone"),
        ("<code>a<br>b</code>", "`a b`"),
        ("<ol><li value=4>d<li>e<li value=x>f</ol>", "4. d\n5. e\n6. f"),
        ("<blockquote><p>said</blockquote>", "> said"),
        ("<blockquote><ul><li>a</ul></blockquote>", "- a"),
        ("10<sup>6</sup> m<sup>2</sup>", "10^6 m2"),
        ("x<script>y</script><style>z</style><span style='display: none'>w</span>", "x"),
        ("<a href=/u><div>card</div></a>", "card"),
        ("10<sup>-3</sup> s<sup>\u22121</sup> n<sup>th</sup>", "10^-3 s^\u22121 nth"),
        ("in 2019<sup><a href=#n3>3</a></sup>, note<sup><a href=#n4>4</a></sup>", "in 2019[3], note4"),
        ("she <q>said</q>", 'she "said"'),
        ("a<wbr>b<WBR/>c <embed src=x>d <keygen>e<p>f", "abc d e\n\nf"),
        ("<pre><button>Copy</button>a\n<b>b</b></pre>", "```\na\nb\n```"),
        ("<pre><code><div><div>a</div></div><div><div> b</div></div></code></pre>", "```\na\n b\n```"),
        ("<pre><ol><li>a\n</li><li></li><li>b</li></ol></pre>", "```\na\n\nb\n```"),
        ("<pre>a\n  <div>b</div>\n  <div>c</div></pre>", "```\na\n  b\n  c\n```"),
        ("<pre>x = <div>a</div>\n<div>b</div>y</pre>", "```\nx = \na\nb\ny\n```"),
        ("<pre><span class=lineno>1 </span>a</pre><div class=gutter>2</div>", "```\na\n```"),
        ("<div class=gutter>a column</div>", "a column"),
        ("<h3><button>Why?<i></i></button></h3>", "### Why?"),
        ("<h3><button>Copy</button><button>Edit</button></h3>a", "a"),
        ("<h3>Why <button>Edit</button></h3><p><button>Go</button>", "### Why"),
    ],
)
def test_markdown_of_elements(body, expected):
    assert markdown(body) == expected


def test_cells_that_cover_all_rows_below_are_bounded():
    """This test ensures that 100 rows of such cells make no row of 10,000 columns."""
    text = markdown(f"<table>{'<tr><td rowspan=0 colspan=100>x<td>y' * 100}</table>")
    assert max(line.count("|") for line in text.split("\n")) == 1000 + 100 + 1 + 1


def test_many_breaks_of_a_word_lose_nothing():
    """This test ensures that libxml2, which takes <wbr> for an element, does not reach its limit of 256."""
    words = "".join(f"word{number}<wbr>" for number in range(2000))
    assert markdown(f"<p>{words}</p>") == "".join(f"word{number}" for number in range(2000))


def test_links_beside_each_other_are_words_of_their_own():
    page = "<html><body><p><a href='/a'>Skip to content</a><a href='/b'>Log in</a></p></body></html>"
    assert html_page(page.encode(), content="all").text == "Skip to content Log in"


def test_icons_are_no_text():
    """This test ensures that no empty marks stay where a font's icon was."""
    page = "<html><body><p>Search <b>\ue001</b></p><p><i>\uf002</i></p></body></html>"
    assert html_page(page.encode(), content="all").text == "Search \ue001"


def test_links_keep_their_targets_on_demand():
    body = "<p>see <a href='/a b'>one</a>, <a href='#x'>two</a> and <b><a href='c'>three</a></b>"
    assert markdown(body) == "see one, two and **three**"
    assert markdown(body, links=True) == "see [one](/a%20b), two and **[three](c)**"


def test_span_of_a_million_columns_is_bounded():
    text = markdown("<table><tr><td colspan=999999>a<td>b<tr><td>c<td>d</table>")
    assert text.split("\n")[0].count("|") == 102


def test_chosen_counts_whole_lines_and_pieces_of_long_ones():
    chosen = Chosen("The title of it\nA paragraph with the words More here, and yet more.\n| cell | other |")
    assert chosen.share(letters("The *title* of it!")) == 1
    assert chosen.share("cell") == 1
    assert chosen.share("Morehere") == 0.3
    assert chosen.share("absent") == 0
    assert chosen.share(letters("The title of it\nabsent abs")) == 12 / 21
    long = "n".join(str(number) for number in range(100))
    assert Chosen(long).share(long) == 1
    assert Chosen(long[:160]).share(long[:200]) == 8 / 10


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<div class='post_comment'>", 1 << list(HINT_WORDS).index("comment")),
        ("<div id='comments'>", COMMENTS),
        ("<p id='comments'>", 0),
        ("<div class='commentary'>", 0),
        ("<div hidden>", HIDDEN),
        ("<div style='DISPLAY :none'>", HIDDEN),
    ],
)
def test_hints_tell_comments_and_hiding(element, expected):
    found = hints(parse_html(f"{element}x</div>").find("body")[0])
    assert found & (expected or COMMENTS | HIDDEN) == expected


SENTENCES = "".join(
    f"<p>Sentence {number} of the article says something of its own, at length and in good order.</p>"
    for number in range(9)
)
PAGE = f"""<html><head><title>Sieves</title></head><body><div class="menu"><a href="/">Home page</a></div>
<article><h2>Sieves of all kinds</h2>{SENTENCES}<p>caf\xe9</p></article>
<div hidden><p>Sentence that no browser shows, however long it may be.</p></div>
<div id="comments"><p>A reader says that this is all wrong, and says so at length.</p></div></body></html>"""


def test_main_content_leaves_out_menus_comments_and_what_is_hidden():
    text = html_page(PAGE.encode()).text
    assert "Sentence 8 of" in text
    for unwanted in ("Home page", "no browser shows", "A reader says"):
        assert unwanted not in text
        assert unwanted in html_page(PAGE.encode(), content="all").text


@pytest.mark.parametrize("engine", ["auto", "trafilatura"])
def test_repeated_article_is_written_once(engine):
    page = PAGE.replace("</article>", f"</article><article>{SENTENCES}</article>").encode()
    assert html_page(page).text.count("Sentence 8 of") == 1
    assert html_page(page, engine=engine) == html_page(page, engine=engine)


def test_resiliparse_is_an_engine():
    pytest.importorskip("resiliparse")
    text = html_page(PAGE.encode(), engine="resiliparse").text
    assert "Sentence 8 of" in text
    assert "Home page" not in text


def test_engine_is_asked_only_where_blocks_leave_doubt(monkeypatch):
    """This test ensures that many blocks, documentation and sure choices do without the slow engine."""

    def refuse(*_: object) -> str:
        raise AssertionError("asked")

    monkeypatch.setattr("tamis.extract.html.main_text", refuse)
    sphinx = PAGE.replace("<title>", '<meta name="generator" content="Docutils 0.19"><title>')
    assert "Sentence 8 of" in html_page(sphinx.encode()).text
    monkeypatch.setattr("tamis.extract.html_choice.UNSURE", 99.0)
    with pytest.raises(AssertionError, match="asked"):
        html_page(PAGE.encode())
    blocks = PAGE.count("<p>") + 2  # the link and the heading
    monkeypatch.setattr("tamis.extract.html_choice.MAX_VOTED", blocks)
    with pytest.raises(AssertionError, match="asked"):
        html_page(PAGE.encode())
    monkeypatch.setattr("tamis.extract.html_choice.MAX_VOTED", blocks - 1)
    text = html_page(PAGE.encode()).text
    assert "Sentence 8 of" in text
    assert "Home page" not in text
    monkeypatch.setattr("tamis.extract.html_choice.MAX_VOTED", blocks)
    monkeypatch.setattr("tamis.extract.html_choice.UNSURE", 0.0)
    assert "Sentence 8 of" in html_page(PAGE.encode()).text
