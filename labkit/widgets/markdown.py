"""Light Markdown for model text, which is untrusted: HTML stays text, nothing is loaded."""

from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_DEEPEST = 50
"""Elements within elements; a hostile text could nest thousands, and no one could send them."""

Node = str | list[Any]
"""A text, or `[tag, attributes, children…]`; what the browser builds elements from."""


@cache
def _parser() -> MarkdownIt:
    # `image` off: a picture would be fetched from wherever the text says.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = _is_web_link  # type: ignore[method-assign]
    parser.core.ruler.push("bold_headings", _embolden_headings)
    return parser


def _embolden_headings(state: StateCore) -> None:
    """Make a bold paragraph of each heading: it is the model's, not one of the notebook's.

    JupyterLab would list it in the notebook's table of contents, and take its time to do so.
    """
    for token, inside in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "heading_open":
            bold = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
            inside.children = [bold[0], *(inside.children or []), bold[1]]
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.type, token.tag = token.type.replace("heading", "paragraph"), "p"


def _is_web_link(url: str) -> bool:
    return url.strip().lower().startswith(("https://", "http://"))


def to_html(text: str) -> str:
    """Return `text` as HTML with no element that could run, load or submit anything."""
    return str(_parser().renderer.render(_tokens(text), _parser().options, {}))


def to_tree(text: str) -> list[Node]:
    """Return `text` as a list of nodes."""
    return _nodes(_tokens(text))


@lru_cache(maxsize=1)  # a finished stream wants both forms of its text
def _tokens(text: str) -> list[Token]:
    return _parser().parse(text)


def _nodes(tokens: list[Token]) -> list[Node]:
    stack: list[list[Any]] = [[]]
    for token in tokens:
        if token.nesting > 0:
            stack.append([token.tag, _attributes(token)])
        elif token.nesting < 0:
            closed = stack.pop()
            # A hidden paragraph, as in a tight list, is there for the parser only.
            flat = token.hidden or len(stack) > _DEEPEST
            stack[-1].extend(closed[2:] if flat else [closed])
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
    return {name: str(token.attrs[name]) for name in ("href", "start") if name in token.attrs}
