"""Light Markdown for model text, which is untrusted: HTML stays text, nothing is loaded."""

from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

Node = str | list[Any]
"""A text, or `[tag, attributes, children…]`; what the browser builds elements from."""


@cache
def _parser() -> MarkdownIt:
    # `image` off: a picture would be fetched from wherever the text says.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = _is_web_link  # type: ignore[method-assign]
    return parser


def _is_web_link(url: str) -> bool:
    return url.strip().lower().startswith(("https://", "http://"))


def to_html(text: str) -> str:
    """Return `text` as HTML with no element that could run, load or submit anything."""
    return str(_parser().render(text))


def to_tree(text: str) -> list[Node]:
    """Return `text` as a list of nodes."""
    return _nodes(_parser().parse(text))


def _nodes(tokens: list[Token]) -> list[Node]:
    stack: list[list[Any]] = [[]]
    for token in tokens:
        if token.nesting > 0:
            stack.append([token.tag, _attributes(token)])
        elif token.nesting < 0:
            closed = stack.pop()
            # A hidden paragraph, as in a tight list, is there for the parser only.
            stack[-1].extend(closed[2:] if token.hidden else [closed])
        else:
            stack[-1].extend(_leaf(token))
    return stack[0]


def _leaf(token: Token) -> list[Node]:
    if token.type == "inline":
        return _nodes(token.children or [])
    if token.type in ("fence", "code_block"):
        return [["pre", {}, ["code", {}, token.content]]]
    if token.type == "code_inline":
        return [["code", {}, token.content]]
    if token.type in ("hr", "hardbreak"):
        return [[token.tag, {}]]
    return ["\n" if token.type == "softbreak" else token.content]


def _attributes(token: Token) -> dict[str, str]:
    return {"href": str(token.attrs["href"])} if "href" in token.attrs else {}
