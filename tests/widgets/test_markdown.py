"""Model text is untrusted: whatever it says, only a few harmless elements come of it."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.widgets.markdown import Node, to_html, to_tree
from tests.browser.hostile import TEXTS

ALLOWED = set(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong a hr br "
    "table thead tbody tr th td".split()
)
HARMLESS = {"href", "title", "start", "class", "style"}  # the last two only as below

PARTS = [
    *("# ", "> ", "- ", "1. ", "2) ", "\n", "\n\n", "    ", "`", "```", "~~~js\n", "***", "---\n"),
    *("*", "**", "_", "__", "[", "](", ")", "![", "](javascript:alert(1))", "<", ">", "|", "\\"),
    *("| a | b |\n|:--|--:|\n| c | d |\n", "](https://a.example)", ']: https://a.example "t"\n'),
    *("<javascript:alert(1)>", "<https://a.example/?q=<b>>", "<script>", "</script>", "<img src=x"),
    *(" onerror=alert(1)>", "<svg/onload=alert(1)>", "<!--", "-->", "<![CDATA[", "]]>", "<?php"),
    *("&lt;", "&#106;avascript:", "&colon;", "&amp;", "\0", "\t", "\u202e", "🏕️", "e\u0301"),
    *("[x]: data:text/html,<script>\n", "[x]", "vbscript:", "JaVaScRiPt:", "file:///etc/passwd"),
    *('<a href="javascript:alert(1)">', "<iframe>", "<style>", "&NewLine;", " word ", "'", '"'),
]
MARKDOWN = st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=25).map("".join)


class Seen(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.others: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    handle_pi = unknown_decl = handle_comment


def elements(nodes: list[Node]) -> list[tuple[str, dict[str, Any]]]:
    """Return the tag and attributes of every element in a tree."""
    found = []
    for node in nodes:
        if not isinstance(node, str):
            tag, attributes, *children = node
            found += [(tag, attributes), *elements(children)]
    return found


def read(nodes: list[Node]) -> str:
    """Return the text that a reader of the tree reads."""
    return "".join(node if isinstance(node, str) else read(node[2:]) for node in nodes)


def squeezed(text: str) -> str:
    """Leave out white space: between blocks it is the browser's, not the text's."""
    return "".join(text.split())


def check_html(html: str) -> None:
    seen = Seen(html)
    assert not seen.others
    for tag, attributes in seen.tags:
        assert tag in ALLOWED
        assert set(attributes) <= HARMLESS
        assert (attributes.get("href") or "https://").lower().startswith(("http://", "https://"))
        assert (attributes.get("class") or "language-").startswith("language-")
        assert (attributes.get("style") or "text-align:").startswith("text-align:")


def check_tree(tree: list[Node]) -> None:
    for tag, attributes in elements(tree):
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "start"}
        assert attributes.get("href", "https://").lower().startswith(("http://", "https://"))


@given(MARKDOWN)
def test_the_html_holds_harmless_elements_only(text: str) -> None:
    check_html(to_html(text))


@given(MARKDOWN)
def test_the_tree_holds_harmless_elements_only(text: str) -> None:
    check_tree(to_tree(text))


@given(MARKDOWN)
def test_the_tree_reads_like_the_html(text: str) -> None:
    assert squeezed(read(to_tree(text))) == squeezed("".join(Seen(to_html(text)).texts))


@given(MARKDOWN)
def test_the_tree_has_the_elements_of_the_html(text: str) -> None:
    assert [tag for tag, _ in elements(to_tree(text))] == [t for t, _ in Seen(to_html(text)).tags]


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_stays_text(text: str) -> None:
    check_html(to_html(text))
    check_tree(to_tree(text))


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_plain_words_are_read_as_written(word: str) -> None:
    assert read(to_tree(word)) == word


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", []),
        ("Hi *there*", [["p", {}, "Hi ", ["em", {}, "there"]]]),
        ("a\nb  \nc", [["p", {}, "a", "\n", "b", ["br", {}], "c"]]),
        ("- a\n- b", [["ul", {}, ["li", {}, "a"], ["li", {}, "b"]]]),
        ("`<b>`", [["p", {}, ["code", {}, "<b>"]]]),
        ("```py\nx<1\n```", [["pre", {}, ["code", {}, "x<1\n"]]]),
        ("[x](https://a.example)", [["p", {}, ["a", {"href": "https://a.example"}, "x"]]]),
        ("[x](javascript:a)", [["p", {}, "[x](javascript:a)"]]),
        ("---", [["hr", {}]]),
    ],
)
def test_a_tree_is_tags_attributes_and_children(text: str, tree: list[Node]) -> None:
    assert to_tree(text) == tree


def test_a_picture_becomes_a_link_that_loads_nothing() -> None:
    tree = to_tree("![a view](https://a.example/x.png)")
    assert tree == [["p", {}, "!", ["a", {"href": "https://a.example/x.png"}, "a view"]]]
    assert "<img" not in to_html("![a view](https://a.example/x.png)")


def test_a_table_is_a_table() -> None:
    tree = to_tree("| Boot | Price |\n|---|---|\n| Ridge | 120 |")
    tags = [tag for tag, _ in elements(tree)]
    assert tags == "table thead tr th th tbody tr td td".split()


def test_a_list_keeps_its_first_number() -> None:
    assert to_tree("3. c\n4. d")[0][:2] == ["ol", {"start": "3"}]


def test_thousands_of_nested_marks_give_a_tree_that_can_be_sent() -> None:
    tree = to_tree("**" * 1100 + "a" + "**" * 1100)
    assert "a" in json.dumps(tree)
