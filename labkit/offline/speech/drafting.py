"""The roles of a group chat: a writer who drafts and revises, a critic, a reviewer of safety."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from labkit.offline.speech.conversation import Conversation, Turn
from labkit.offline.speech.knowledge import Item, Topic, find_topics, roots, sentences, topics
from labkit.offline.speech.persona import Persona
from labkit.offline.speech.voice import Voice
from labkit.offline.words import capitalised

_WRITER = re.compile(r"\b(copy ?writer|writer|author|drafter)\b", re.IGNORECASE)
_SAFETY = re.compile(r"\b(safety|risk)\b", re.IGNORECASE)
_CRITIC = re.compile(r"\b(critic|reviewer|editor|art director|proof ?reader)\b", re.IGNORECASE)
_APPROVAL = re.compile(r"\b(approved?|lgtm|accepted|ship it|looks good)\b", re.IGNORECASE)
_REMARK = re.compile(
    r"\b(?:changes? before|(?:please|could you|can you|i would) (?:\w+ )?(?:add|change|cut|shorten|"
    r"make|mention|open|end|name|speak|remove|drop)|make (?:it|this)|revise|rewrite|"
    r"shorten (?:it|this|the)|(?:draft|text|copy|it|this) (?:is|reads|feels) too|"
    r"(?:draft|text|copy) (?:needs|lacks|should))\b",
    re.IGNORECASE,
)
_DANGER = frozenset(
    roots(
        "carbon monoxide lightning hypothermia frostbite avalanche bleeding emergency poison "
        "dangerous kill flood drown never doctor illness collapse fall germs parasites"
    )
)
_ORDER = re.compile(
    r"\s*(?:please |now |next,? )*(?:write|draft|create|compose|suggest|prepare)\b", re.IGNORECASE
)
_SLOGAN = re.compile(r"\b(slogan|tag ?line|headline|motto|title)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\b(?:for|about|on|describing|introducing|of) (?:our |the |an? |some )?(.+?)(?:[.!?\n]|$)",
    re.IGNORECASE,
)
_HEADS = ("Made for the long way home", "Less to carry, more to see", "Ready before the weather is")
_CALLS = ("Try it on your next walk.", "Come and see for yourself.", "Take it out this weekend.")
_READERS = (
    "You will notice it on the first day out.",
    "Your next trip is the test that counts.",
    "You feel the difference after an hour.",
)


@dataclass(frozen=True)
class Check:
    """Hold one thing a draft should have: its name, the request for it, and how to see it."""

    name: str
    request: str
    met: Callable[[str], bool]


_CHECKS = (
    Check(
        "figure", "Please add one figure; a number makes it believable.", lambda t: _has(r"\d", t)
    ),
    Check("reader", "Please speak to the reader as *you*.", lambda t: _has(r"\byour?\b", t)),
    Check("heading", "Please open with a heading in bold.", lambda t: t.lstrip().startswith("**")),
    Check("call", "Please end with an invitation to act.", lambda t: any(c in t for c in _CALLS)),
)
_CUT = Check("shorter", "Please cut it by a sentence; it says one thing twice.", lambda t: False)


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def draft_or_review(talk: Conversation, persona: Persona, voice: Voice) -> str:
    """Return the turn of a writer, critic or safety reviewer; empty for any other role."""
    job = f"{persona.role} {persona.name}" if persona.role else talk.instructions
    if _SAFETY.search(job) and _has(r"review|critic|check|officer|expert", job):
        return _review(talk, persona, voice, _risks)
    if _CRITIC.search(job):
        return _review(talk, persona, voice, _shortcomings)
    return _write(talk, voice) if _WRITER.search(job) else ""


def _task_place(talk: Conversation) -> int:
    """Return where the task stands: the last turn that orders a text, else the user's first."""
    users = [place for place, turn in enumerate(talk.turns) if turn.role == "user"]
    orders = [place for place in users if _ORDER.match(talk.turns[place].text)]
    return orders[-1] if orders else users[0] if users else -1


def _task(talk: Conversation) -> str:
    return talk.turns[_task_place(talk)].text if talk.questions else ""


def _after_task(talk: Conversation) -> list[Turn]:
    later = talk.turns[_task_place(talk) + 1 :]
    # An orchestration announces the speaker in a message of its own.
    return [t for t in later if t.text.strip() and not t.text.startswith("Transferred to")]


def _is_remark(turn: Turn) -> bool:
    return _REMARK.search(turn.text) is not None


def _review(
    talk: Conversation,
    persona: Persona,
    voice: Voice,
    missing: Callable[[str, str, Voice], list[str]],
) -> str:
    turns = _after_task(talk)
    drafts = [place for place, turn in enumerate(turns) if not _is_remark(turn)]
    if not drafts and len(_task(talk).split()) < 25:
        return voice.pick(("I see no draft yet. Show me one.", "There is nothing to review yet."))
    draft = turns[drafts[-1]].text if drafts else _task(talk)
    remarked = any(_is_remark(turn) for turn in turns[: drafts[-1] if drafts else 0])
    if remarked:
        return _approve(talk.instructions, voice)
    return _remarks(missing(draft, _task(talk), voice), voice)


def _approve(instructions: str, voice: Voice) -> str:
    found = _APPROVAL.findall(instructions)
    # The instructions may name the word twice; the loudest spelling is the one to be matched.
    word = max(found, key=lambda one: (one.isupper(), len(one)), default="Approved")
    said = word if word.isupper() else word[:1].upper() + word[1:]
    reasons = (
        "the revised draft does what I asked for.",
        "the changes are in, and it reads well.",
        "nothing is left that I would alter.",
    )
    return f"{said}: {voice.pick(reasons)}"


def _remarks(requests: list[str], voice: Voice) -> str:
    heads = ("A good start. {n} before it can go out:", "Nearly there. I ask for {n} before print:")
    count = "One change" if len(requests) == 1 else "Two changes"
    head = voice.pick(heads)
    named = count if head.startswith("A good") else count.lower()
    rows = "\n".join(f"{place}. {text}" for place, text in enumerate(requests, start=1))
    return f"{head.format(n=named)}\n\n{rows}"


def _shortcomings(draft: str, task: str, voice: Voice) -> list[str]:
    wanted = [check for check in _CHECKS if not (_SLOGAN.search(task) and check.name == "heading")]
    failed = [check for check in wanted if not check.met(draft)] or [_CUT]
    return [check.request for check in voice.shuffle(failed)[:2]]


def _dangers(text: str) -> list[Item]:
    fitting = find_topics(text) or list(topics())
    near = [item for topic in fitting for item in topic.items if item.roots & _DANGER]
    risky = near or [item for topic in topics() for item in topic.items if item.roots & _DANGER]
    return sorted(risky, key=lambda item: -len(item.roots & _DANGER))


def _risks(draft: str, task: str, voice: Voice) -> list[str]:
    unsaid = [item for item in _dangers(f"{task} {draft}") if item.text not in draft]
    return [f"Please mention **{i.name}**, the risk that is missing: {i.text}" for i in unsaid[:2]]


def _write(talk: Conversation, voice: Voice) -> str:
    turns = _after_task(talk)
    last = turns[-1].text if turns else ""
    if _APPROVAL.search(last):
        drafts = [turn.text for turn in turns if not _is_remark(turn) and turn.text != last]
        return f"Thank you. The final version:\n\n{drafts[-1]}" if drafts else "Thank you."
    return _draft(_task(talk), "\n".join(turn.text for turn in turns if _is_remark(turn)), voice)


def _asked_for(remarks: str) -> set[str]:
    # What a safety review quotes is to be added as it is, not read as a request.
    remarks = re.sub(r"Please mention \*\*.*", "", remarks)
    cues = {
        "figure": r"figure|number|fact|price|weight",
        "reader": r"reader|\byou\b|personal|address",
        "heading": r"heading|headline|title|open with",
        "call": r"invit|call to action|end with|closing",
        "shorter": r"cut|short|concise|too long|trim",
    }
    return {name for name, pattern in cues.items() if _has(pattern, remarks)}


def _draft(task: str, remarks: str, voice: Voice) -> str:
    asked = _asked_for(remarks)
    topic = next(iter(find_topics(task)), None)
    subject = _subject(task, topic)
    body = _slogan(subject, topic, voice) if _SLOGAN.search(task) else _body(subject, topic)
    if "shorter" in asked and len(body) > 1:
        body = body[:-1]
    body += _mended(asked, topic, voice) + _mentioned(remarks)
    head = f"**{voice.pick(_HEADS)}**\n\n" if "heading" in asked else ""
    revised = voice.pick(("Revised:\n\n", "Second draft:\n\n", "")) if remarks and not head else ""
    return f"{revised}{head}{' '.join(body)}"


def _subject(task: str, topic: Topic | None) -> str:
    found = _SUBJECT.search(task)
    return found[1].strip() if found else topic.title.lower() if topic else "what lies ahead"


def _slogan(subject: str, topic: Topic | None, voice: Voice) -> list[str]:
    thing, _, quality = subject.partition(" that is ")
    names = [item.name.lower() for item in topic.items[:4]] if topic else []
    promise = quality or (" and ".join(voice.shuffle(names)[:2]) if names else "made to go further")
    return [f"{capitalised(promise)}: {thing}."]


def _body(subject: str, topic: Topic | None) -> list[str]:
    if topic is None:
        thing, _, quality = subject.partition(" that is ")
        return [f"Meet {thing}.", f"It is {quality or 'built with care'}, and that is enough."]
    # Figures and the word "you" are left for the critic to ask for.
    told = (*topic.introduction[1:], *sentences(topic.closing))
    return [topic.introduction[0], *(s for s in told if not _has(r"\d|\byou", s))][:3]


def _mended(asked: set[str], topic: Topic | None, voice: Voice) -> list[str]:
    extra = []
    if "figure" in asked:
        numbers = (i.text for i in (topic.items if topic else ()) if _has(r"\d", i.text))
        extra.append(next(numbers, "It takes 10 minutes to try."))
    if "reader" in asked:
        extra.append(voice.pick(_READERS))
    return [*extra, voice.pick(_CALLS)] if "call" in asked else extra


def _mentioned(remarks: str) -> list[str]:
    """Return the texts of the entries that a safety review asks for."""
    return [item.text for topic in topics() for item in topic.items if item.text in remarks]
