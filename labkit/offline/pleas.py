"""Tells a plea to go on with an answer that broke off from a question that begins like one.

"Go on, please" is a plea; "Go on, but about tents" asks for something new. So a plea speaks of
nothing but the answer itself.
"""

import re

_LONGEST = 400
_GO_ON = re.compile(
    r"(?:^|(?<=[.!?;,\n]))[\s*_>-]*"
    r"(?:(?:please|now|so|ok|okay|yes|and|just|then|(?:can|could|would|will) you) )*"
    r"(?:continue|go on|carry on|keep going|resume|proceed|pick up|"
    r"(?:finish|complete)(?= (?:your|the|this|that|my)\b))\b",
    re.IGNORECASE,
)
_OF_THE_ANSWER = """
    a and answer answering any article at been before begin beginning below broke broken but
    character code comment complete connection continue continuing cut directly draft email end
    ended ending essay exact exactly explanation finish from full generating go going had haiku half
    have here i immediately in interrupted introduction is it its json keep last left letter
    limerick line list mail message middle my next no nothing now of off ok okay on once only or
    output paragraph part phrase please poem point position preamble precisely previous proceed
    reached remainder remaining repeat repetition reply report response rest resume right same
    seamlessly sentence song speech start starting stop stopped story straight stream streaming
    summary table talking text thank thanks that the then there this thought to token translation
    truncated until up very was were where whole with without word words writing yet you your
"""
_BARE = frozenset(_OF_THE_ANSWER.split())
_ASKS_WHY = _BARE | frozenset("are did do happened hello hey what why".split())
_WORD = re.compile(r"[\w'’]+")
_ASIDE = re.compile(  # what it says not to do, and the words that it wants to go on from
    r"\b(?:from|after|words?|where) *[:(]? *[\"“][^\"”]*[\"”]|"
    r"\b(?:without|do not|don['’]t|never) (?:add|apologi[sz]|begin|chang|comment|explain|includ|"
    r"introduc|leav|omit|repeat|rephras|restart|say|skip|start|stop|summari[sz]|writ)\w*"
    r"[^.!?;,:\n]*",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.!?;\n]*\?")
_REQUEST = re.compile(
    r"(?:^|[.!?;,\n])\W*(?:(?:please|now|and|(?:can|could|would|will) you) )*"
    r"(?:compare|describe|explain|find|give|how about|i need|i want|i would like|i['’]d like|list|"
    r"make|recommend|show|suggest|summari[sz]e|tell|translate|what about|write)\b",
    re.IGNORECASE,
)


def is_plea(text: str) -> bool:
    """Tell whether `text` asks to go on with the answer before it, and asks nothing else."""
    verb = _GO_ON.search(text) if len(text) <= _LONGEST else None
    return bool(verb and not _asks(text[: verb.start()]) and _are(_BARE, text[verb.end() :]))


def _asks(before: str) -> bool:
    """Tell whether something is wanted before the plea: what, if not why the answer ended."""
    questions = _QUESTION.findall(before)
    return bool(_REQUEST.search(before)) or not all(_are(_ASKS_WHY, each) for each in questions)


def _are(known: frozenset[str], text: str) -> bool:
    """Tell whether the words of `text` are all `known`, but for asides."""
    return known.issuperset(_WORD.findall(_ASIDE.sub("", text).lower()))
