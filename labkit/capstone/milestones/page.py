"""Milestone 3: a page that asks and shows the answer. Its source is read, and nothing is run."""

import re

from labkit.capstone.heard import BrokenRuleError
from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.visit import Visit

_COMMENT = re.compile(r"/\*[\s\S]*?\*/|<!--[\s\S]*?-->|(?<![\w:\"'`=(/])//[^\n]*")
_MARKUP = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write(ln)?|createContextualFragment|"
    r"setHTML(Unsafe)?|parseFromString|srcdoc|eval\s*\(|new Function)"
)
# What a page loads; a link that people may click needs no other server.
_OUTSIDE = re.compile(
    r"""(?:<(?:script|link|img|iframe|source|video|audio)\b[^>]*?\b(?:src|href)\s*=\s*|url\(\s*|"""
    r"""@import\s*|\bimport\s*\(?\s*|\bfrom\s*|\bfetch\(\s*|\.src\s*=\s*|WebSocket\(\s*)"""
    r"""["'`]?((?:\w+:)?//[^\s"'`)>]+)""",
    re.IGNORECASE,
)
_ASKED = re.compile(r"""["'`](?:\./)?ask["'`]""")
_ROOTED = re.compile(r"""["'`]/(ask|about)\b""")


async def source(visit: Visit) -> str:
    """Return the page's HTML and JavaScript without comments. Raises BrokenRuleError."""
    answer = await visit.get("/")
    kind = answer.headers.get("content-type", "nothing").partition(";")[0]
    if kind != "text/html" or "<script" not in answer.text:
        raise BrokenRuleError(f"answers `GET /` with {kind}; expected HTML with a script in it.")
    return _COMMENT.sub("", answer.text)


async def _asks(visit: Visit) -> None:
    text = await source(visit)
    if rooted := _ROOTED.search(text):
        raise BrokenRuleError(
            f"has the address {rooted[0][1:]} in its page: behind a proxy that leads elsewhere. "
            f'Write it without the slash, "{rooted[1]}".'
        )
    if not _ASKED.search(text) or "fetch(" not in text:
        raise BrokenRuleError('has a page that never fetches "ask".')
    if "EventSource(" in text:
        raise BrokenRuleError("has a page with an `EventSource`, which cannot POST a question.")
    if "POST" not in text:
        raise BrokenRuleError("has a page that never says `POST`, and `fetch` gets without it.")


async def _passes_proxies(visit: Visit) -> None:
    if "text/event-stream" not in await source(visit):
        raise BrokenRuleError("has a page that does not ask for `Accept: text/event-stream`.")


async def _stands_alone(visit: Visit) -> None:
    text = await source(visit)
    if outside := _OUTSIDE.search(text):
        raise BrokenRuleError(f"has a page that names another server: {outside[1][:60]}.")


async def _is_safe(visit: Visit) -> None:
    if markup := _MARKUP.search(await source(visit)):
        raise BrokenRuleError(
            f"has a page that uses `{markup[0]}`. What a model says is not to be trusted: `append` "
            "and `textContent` show it as text."
        )


async def _shows(visit: Visit) -> None:
    await mentions(visit, "token", "done", "error")  # by `on.done`, or by a word in quotes


async def mentions(visit: Visit, *events: str) -> None:
    """Raise BrokenRuleError unless the page's script has `on.NAME`, "NAME" or `NAME:` for each."""
    text = await source(visit)
    told = r"\bon\.{0}\b|[\"'`]{0}[\"'`]|\b{0}\s*:"
    missing = [event for event in events if not re.search(told.format(event), text)]
    if missing:
        raise BrokenRuleError(f"has a page that does nothing at {', '.join(missing)}.")


PAGE = Milestone(
    number=3,
    name="page",
    says="A page asks, and shows the answer as it comes.",
    points=15,
    rules=(
        Rule('`GET /` gives a page that fetches "ask", by a relative address.', _asks),
        Rule(
            "It asks for an event stream, so that proxies pass it on piece by piece.",
            _passes_proxies,
        ),
        Rule("It needs no other server.", _stands_alone),
        Rule("It shows text as text, never as HTML.", _is_safe),
        Rule("It does something at `token`, at `done`, and at `error`.", _shows),
    ),
    hints=(
        "The section “Reading it: fetch” of notebook 04 has a form that posts a question. Here the "
        "reader is given: it calls `on.token(data)` at a `token`.",
        "`on.token = ({ text }) => answer.append(text);` is the first of three such lines. "
        "`form.onsubmit` posts the question and hands the body to `read`.",
        "In `form.onsubmit`: `preventDefault()`, `const signal = begin();`, `await read((await "
        'fetch("ask", { method: "POST", headers, body, signal })).body)`. The headers are `Accept` '
        "and `Content-Type`; `body` is `JSON.stringify({ question: form.question.value })`.",
    ),
)
