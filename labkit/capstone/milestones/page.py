"""Milestone 3: a page that asks and shows the answer. Its source is read, and nothing is run."""

import re

from labkit.capstone.milestones.milestone import Milestone, Rule
from labkit.capstone.trial import BrokenRuleError, Trial

_MARKUP = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write(ln)?|createContextualFragment|"
    r"setHTMLUnsafe|parseFromString|srcdoc|eval\s*\(|new Function)"
)
_OUTSIDE = re.compile(
    r"""(https?:)?//(?!www\.w3\.org/)[\w-]+(\.[\w-]+)+[^\s"'`)]*""", re.IGNORECASE
)
_QUOTED = r"""["'`](?:\./)?{}[?"'`]"""
_ROOTED = re.compile(r"""["'`]/(ask|about)\b""")


async def source(trial: Trial) -> str:
    """Return the page's HTML and JavaScript. Raises BrokenRuleError if there is none."""
    answer = await trial.get("/")
    kind = answer.headers.get("content-type", "nothing").partition(";")[0]
    if kind != "text/html" or "<script" not in answer.text:
        raise BrokenRuleError(f"answers `GET /` with {kind}; expected HTML with a script in it.")
    return answer.text


async def _asks(trial: Trial) -> None:
    text = await source(trial)
    if rooted := _ROOTED.search(text):
        raise BrokenRuleError(
            f"has the address {rooted[0][1:]} in its page: behind a proxy that leads elsewhere. "
            f'Write it without the slash, "{rooted[1]}".'
        )
    if not re.search(_QUOTED.format("ask"), text):
        raise BrokenRuleError('has a page that never fetches "ask".')


async def _passes_proxies(trial: Trial) -> None:
    if "text/event-stream" not in await source(trial):
        raise BrokenRuleError("has a page that does not ask for `Accept: text/event-stream`.")


async def _stands_alone(trial: Trial) -> None:
    text = await source(trial)
    if outside := _OUTSIDE.search(text):
        raise BrokenRuleError(f"has a page that names another server: {outside[0][:60]}.")


async def _is_safe(trial: Trial) -> None:
    if markup := _MARKUP.search(await source(trial)):
        raise BrokenRuleError(
            f"has a page that uses `{markup[0]}`. What a model says is not to be trusted: `append` "
            "and `textContent` show it as text."
        )


async def _shows(trial: Trial) -> None:
    await mentions(trial, "token", "done", "error")


async def mentions(trial: Trial, *events: str) -> None:
    """Raise BrokenRuleError unless the page's script has each of these words."""
    text = await source(trial)
    missing = [event for event in events if not re.search(rf"\b{event}\b", text)]
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
        "In `form.onsubmit`: `preventDefault()`, empty the answer, then `await read((await "
        'fetch("ask", { method: "POST", headers, body, signal })).body)`. The headers are `Accept` '
        "and `Content-Type`.",
    ),
)
