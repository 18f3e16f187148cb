"""The reviewers of a group: a critic, a reviewer of safety, and an editor."""

import re

from labkit.offline.speech.checks import CHECKS, asked_for, cuts, empty_praise, praise_of
from labkit.offline.speech.conversation import Conversation
from labkit.offline.speech.drafting import is_slogan, revise
from labkit.offline.speech.drafts import read_draft
from labkit.offline.speech.lengths import read_limits
from labkit.offline.speech.material import Material, gather
from labkit.offline.speech.voice import Voice
from labkit.offline.speech.workshop import NO_DRAFT, ONLY_REMARKS, STANDING, WAITING, Workshop
from labkit.offline.words import capitalised

_APPROVAL = re.compile(r"\b(approved?|lgtm|accepted|ship it|looks good)\b", re.IGNORECASE)
_SAID = re.compile(
    r"\b(?:say|reply|respond|answer|write|end|finish|close)\b[^.“\"'‘]{0,20}[“\"'‘]([^”\"'’.]{2,30})"
    r"|\b([A-Z]{4,}(?: [A-Z]{2,})*)\b"
)
_ONE = re.compile(r"\b(?:one|single) (?:\w+ )?(?:change|thing|remark|improvement)\b", re.IGNORECASE)
_HEADS = (
    "A good start. {n} before it can go out",
    "Nearly there. {n} before print",
    "This can work. {n}, and it will",
    "Not yet. {n} first",
)
_COUNTS = {2: "Two changes", 3: "Three changes"}
_WHY_CUT = (
    "it praises and tells nothing.",
    "any shop could say that.",
    "show it, do not say it.",
)
_CUT_SHORT = "Please cut it by a sentence: it says one thing twice."
_WELL = ("it says what it has to say.", "nothing is left that I would alter.", "it reads well.")
_RISKS = ("A risk is missing", "One thing could go wrong", "One risk is not named yet")
_SAFE = (
    "the risk is named in plain words.",
    "a reader now knows what to look out for.",
    "nobody can say they were not told.",
)
_HARMLESS = (
    "it promises nothing that could hurt.",
    "I see no risk in it that a reader must know.",
)


def criticise(talk: Conversation, workshop: Workshop, voice: Voice) -> str:
    """Return the critic's turn: requests for changes, then the approval."""
    if idle := _idle(workshop, voice):
        return idle
    if not _asked_before(workshop):
        return _remarks(_shortcomings(talk, workshop, voice), talk, voice)
    said = workshop.said_by_me()
    if unmet := _unmet(said, workshop.draft):
        return _remarks([f"Still open: {request}" for request in unmet], talk, voice)
    done = praise_of(said, workshop.draft)
    return _approve(talk, f"{done}." if done else voice.pick(_WELL))


def check_safety(talk: Conversation, workshop: Workshop, voice: Voice) -> str:
    """Return the safety reviewer's turn: the risk that is missing, or the approval."""
    if idle := _idle(workshop, voice):
        return idle
    hazard = _material(talk, workshop, voice).hazard
    if hazard is None or is_slogan(workshop.task):
        return _approve(talk, voice.pick(_HARMLESS))
    if hazard.stands_in(workshop.draft):
        return _approve(talk, voice.pick(_SAFE))
    head = "Still missing" if _asked_before(workshop) else voice.pick(_RISKS)
    return f"{head}: {hazard.name}. Please add this before print: “{hazard.warning}”"


def edit(talk: Conversation, workshop: Workshop, voice: Voice, *, safety: bool) -> str:
    """Return the last text as an editor leaves it, or one of safety, who adds the risk."""
    if not workshop.draft:
        return voice.pick(NO_DRAFT)
    material, praise = _material(talk, workshop, voice), empty_praise(workshop.draft)
    wishes = f"{_unaddressed(talk.instructions)}\nPlease cut “{praise}”."
    if safety:
        wishes = f"Please add “{material.hazard.warning}”" if material.hazard else ""
    changed = revise(read_draft(workshop.draft), wishes, material, voice, line=False)
    return changed.within(read_limits(talk.instructions)).text


def _material(talk: Conversation, workshop: Workshop, voice: Voice) -> Material:
    return gather(talk, workshop.task or workshop.draft, voice)


def _idle(workshop: Workshop, voice: Voice) -> str:
    """Return what to say where there is nothing to review; empty if there is."""
    if not workshop.drafts:
        return voice.pick(ONLY_REMARKS if workshop.open_remarks else NO_DRAFT)
    # Without a name of our own we cannot tell our words from those of another reviewer.
    if workshop.me and workshop.mine and workshop.mine[-1] > workshop.drafts[-1]:
        return voice.pick(STANDING if workshop.approved else WAITING)
    return ""


def _asked_before(workshop: Workshop) -> bool:
    return bool(workshop.mine) and workshop.mine[0] < workshop.drafts[-1]


def _unmet(said: str, draft: str) -> list[str]:
    praise = [f"Please cut “{phrase}”." for phrase in cuts(said) if phrase in draft]
    asked = (check for check in CHECKS if check.request in said)
    return [*praise, *(check.request for check in asked if not check.met(draft))][:2]


def _shortcomings(talk: Conversation, workshop: Workshop, voice: Voice) -> list[str]:
    """Return the requests: first what the instructions speak of, then empty praise, then others."""
    offered = _askable(workshop.task, _material(talk, workshop, voice))
    lacking = [c for c in CHECKS if c.name in offered and not c.met(workshop.draft)]
    wished = asked_for(_unaddressed(talk.instructions))
    first = [check.request for check in lacking if check.name in wished]
    others = voice.shuffle(check.request for check in lacking if check.name not in wished)
    praise = empty_praise(workshop.draft)
    cut = [f"Please cut “{praise}”: {voice.pick(_WHY_CUT, 'cut')}"] if praise else []
    found = [*first, *cut, *others] or [_CUT_SHORT]
    most = min(max(len(first) + 1, 2), max(_COUNTS))
    return found[: 1 if _ONE.search(talk.instructions) else most]


def _unaddressed(instructions: str) -> str:
    # "You are a critic" speaks to the critic, not of the reader.
    return re.sub(r"\byou(?:r|'re)?\b", "", instructions, flags=re.IGNORECASE)


def _askable(task: str, material: Material) -> set[str]:
    """Return the names of the checks that the writer can be expected to meet."""
    return {"reader"} if is_slogan(task) else {"heading", "call", *material.additions}


def _remarks(requests: list[str], talk: Conversation, voice: Voice) -> str:
    limits = read_limits(talk.instructions)
    if limits.sentences or limits.words or len(requests) == 1:
        return " ".join(requests[: limits.sentences])
    rows = "\n".join(f"{place}. {text}" for place, text in enumerate(requests, start=1))
    return f"{voice.pick(_HEADS).format(n=_COUNTS[len(requests)])}:\n\n{rows}"


def _approve(talk: Conversation, reason: str) -> str:
    """Return the approval, in the word that the instructions ask for, as they spell it."""
    named = [quoted or loud for quoted, loud in _SAID.findall(talk.instructions)]
    named = named or _APPROVAL.findall(talk.instructions)
    # The instructions may name the word twice; the loudest spelling is the one to be matched.
    word = max(named, key=lambda one: (one.isupper(), len(one)), default="Approved")
    return f"{word if word.isupper() else capitalised(word)}: {reason}"
