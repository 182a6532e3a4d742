from __future__ import annotations

import pytest

from tamis.errors import DocumentError
from tamis.extract import media
from tamis.extract.payload import extract_payload
from tamis.extract.xml_document import xml_text


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"<a/>", ""),
        (b"<a><b>one</b> <b>two</b></a>", "one\n\ntwo"),
        (b"<a>mixed <i>and</i>\n inline<!-- not this --></a>", "mixed and inline"),
        ('<?xml version="1.0" encoding="utf-16"?><a>漢字</a>'.encode("utf-16"), "漢字"),
        (b"<?xml version='1.0' encoding='iso-8859-1'?><a>caf\xe9</a>", "café"),
        # a citation and a list of JATS; a line end and a broken word of TEI
        (b"<p>By <n><s>Smith</s><g>J</g></n>, 2020.</p>", "By Smith J , 2020."),
        (b"<p>Of:<list><item><p>one</p></item><item><p>two</p></item></list></p>", "Of: one two"),
        (b"<p>Of:<list><item><p>one</p></item></list></p>", "Of: one"),
        (b"<p>one<lb/>two bro<lb break='no'/>ken</p>", "one two broken"),
        (b"<p>H<sub>2</sub>O <b><i>x</i></b>s</p>", "H2O xs"),
        (
            b"<p>So <m:math xmlns:m='m'><m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup></m:math></p>",
            "So $x^{2}$",
        ),
    ],
)
def test_xml_gives_the_text_of_its_elements(payload, expected):
    assert xml_text(payload) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"<a>caf&eacute;&nbsp;x &lt;y</a>", "café x <y"),
        (b"<!DOCTYPE a SYSTEM 'x.dtd'><a>caf&eacute; <![CDATA[&eacute;]]></a>", "café &eacute;"),
        (b"<!DOCTYPE a SYSTEM 'x' [<!ENTITY p 'Sieve'>]><a>&p; &eacute;<b/>&q; z</a>", "Sieve é&q; z"),
        (b"<!DOCTYPE a [<!ENTITY p '1<i>2</i>'><!ENTITY q '[&p;]'>]><a>x<i/>&q;</a>", "x[12]"),
        (b"<!DOCTYPE a [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><a>x &f; &lt;y</a>", "x &f; <y"),
    ],
)
def test_entities_are_spelled_out_or_stay(payload, expected):
    """This test ensures that none vanishes and that no other file is read."""
    assert xml_text(payload) == expected


RSS = """<rss><channel><title>News &amp; more</title><item>
<description>&lt;p&gt;One &lt;b&gt;two&lt;/b&gt; &amp;amp; three&lt;/p&gt;</description>
<x:encoded xmlns:x="x"><![CDATA[<ul><li>a</li><li>b</li></ul>]]></x:encoded></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>a &lt; b</title>
<summary type="text">c &lt;d&gt;</summary>
<content type="html">&lt;h2&gt;Head&lt;/h2&gt;x</content>
<content type="xhtml"><div><p>y</p></div></content></feed>"""


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (RSS, "News & more\n\nOne **two** & three\n\n- a\n- b"),
        (ATOM, "a < b\n\nc <d>\n\n## Head\n\nx\n\ny"),
        ("<doc><description>&lt;p&gt;</description></doc>", "<p>"),
    ],
)
def test_pages_in_feeds_are_read_as_html(feed, expected):
    assert xml_text(feed.encode()) == expected


def code_of(payload: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        xml_text(payload)
    return caught.value.code


def test_xml_refuses_bombs_breakage_and_depth():
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    bomb = b'<!DOCTYPE a [<!ENTITY e0 "aaaaaaaaaa">' + entities + b"]><a>&e11;</a>"
    assert code_of(bomb) == "zip_bomb"
    assert code_of(b"<a><b></a>") == "corrupt"
    assert code_of(b"<a>&LT;b&GT;</a>") == "corrupt"  # an entity that is mark-up is none to be spelled out
    assert code_of(b"<a>" * 1000 + b"x" + b"</a>" * 1000) == "too_deep"


def test_a_document_named_xml_is_no_page():
    docbook = b"<article><title>Sieves</title><para>One</para></article>"
    made = extract_payload(docbook, name="a.xml")
    assert (made.media_type, made.text) == (media.XML, "Sieves\n\nOne")
    assert extract_payload(docbook, name="a").media_type == media.HTML
