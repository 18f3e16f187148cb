"""The text answer of the offline model to a conversation: same messages and seed, same text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from labkit.offline.speech.advice import Asked, about, both, counted, parts, shorten
from labkit.offline.speech.conversation import Conversation, read_conversation
from labkit.offline.speech.knowledge import Topic, find_topics, is_known, subject_roots
from labkit.offline.speech.lengths import Limits, cut_to_words, read_limits
from labkit.offline.speech.outline import Outline, write
from labkit.offline.speech.persona import WORDS_OF_QUESTION, Persona, read_persona
from labkit.offline.speech.roles import play, works_on_text
from labkit.offline.speech.shopping import describe, meant, offer_each, wanted
from labkit.offline.speech.smalltalk import dictation, outside, small_talk
from labkit.offline.speech.voice import Voice

_MORE = re.compile(
    r"\b(more|else|go on|continue|elaborate|further|longer|another)\b", re.IGNORECASE
)
_WHY = re.compile(r"^\s*(?:but |and |ok,? )?(?:why|how so|how come)\b", re.IGNORECASE)
_FORM = re.compile(r"\b(?:poem|haiku|song|story|joke|limerick|slogan)\b", re.IGNORECASE)
_TRIES = 12  # wordings to go through before we admit that we repeat ourselves


def compose(messages: Iterable[Mapping[str, Any]], *, seed: int) -> str:
    """Return the answer, in Markdown, to chat-completions `messages`; never an empty text."""
    talk = read_conversation(messages)
    for attempt in range(_TRIES):
        text = _answer(talk, Voice(seed + attempt, talk.key))
        if text not in talk.answers:
            return text
    return f"Once more: {text}"


def _answer(talk: Conversation, voice: Voice) -> str:
    persona = read_persona(talk.instructions).with_request(talk.question)
    limits = read_limits(talk.question).over(replace(read_limits(talk.instructions), items=None))
    if limits.words and persona.asks:
        limits = replace(limits, words=max(limits.words - WORDS_OF_QUESTION, 1))
    text = _plain_answer(talk, persona, limits, voice) or _advice(talk, persona, limits, voice)
    return persona.finish(text, voice, tight=bool(limits.sentences or limits.words))


def _plain_answer(talk: Conversation, persona: Persona, limits: Limits, voice: Voice) -> str:
    """Return an answer that needs no list: a tool's result, a draft, small talk, a summary."""
    if talk.turns and talk.turns[-1].role == "tool" and not works_on_text(talk):
        return _report(talk, voice)
    if text := play(talk, persona, voice):
        return text
    if text := small_talk(talk.question or "hello", persona, voice):
        return cut_to_words(text, limits.words) if limits.words else text
    if talk.wants_it_shorter:
        text = shorten(talk.answers[-1], voice)
        return cut_to_words(text, limits.words) if limits.words else text
    return ""


def _report(talk: Conversation, voice: Voice) -> str:
    results = [turn.text for turn in talk.turns if turn.role == "tool"]
    lead = voice.pick(("The tools report:", "This is what came back:", "Here is the result:"))
    return f"{lead} {results[-1] or 'nothing'}"


def _advice(talk: Conversation, persona: Persona, limits: Limits, voice: Voice) -> str:
    outline = _products(talk, limits, voice) or _topics(talk, limits, voice)
    if outline is None:
        text = dictation(talk.question) or outside(voice)
        return cut_to_words(text, limits.words) if limits.words else text
    return write(_introduced(outline, talk, persona, limits), limits, persona)


def _introduced(outline: Outline, talk: Conversation, persona: Persona, limits: Limits) -> Outline:
    first = "" if any(persona.greeting in text for text in talk.answers) else persona.greeting
    note = _note(talk.question, persona)
    if not first and not note:
        return outline
    opening = " ".join(filter(None, (first, note, "" if first else outline.opening)))
    # In one sentence the role can only be a prefix.
    prefix = f"{first.rstrip('.')}: " if first and not limits.words else ""
    short = outline.short.partition(": ")[2] if prefix else outline.short
    return replace(outline, opening=opening, short=f"{prefix}{short}")


def _note(question: str, persona: Persona) -> str:
    """Return what we say first when a language or a form is asked for that we do not master."""
    if persona.language:
        return f"I know English only, not {persona.language}."
    form = _FORM.search(question)
    return f"I cannot write a {form[0].lower()}, but this is what I know." if form else ""


def _products(talk: Conversation, limits: Limits, voice: Voice) -> Outline | None:
    before = talk.answers[-1] if talk.answers else ""
    if product := meant(talk.question, before):
        return describe(product, voice)
    earlier = [turn.text for turn in reversed(talk.turns[:-1])]
    wishes = wanted(talk.question, earlier, follow_up=_continues(talk))
    return offer_each(wishes, voice, limits.items) if wishes else None


def _topics(talk: Conversation, limits: Limits, voice: Voice) -> Outline | None:
    chosen = _chosen(talk)
    if not chosen:
        return None
    asked = _asked(talk)
    if limits.items:
        return counted(chosen, asked, limits.items, voice)
    if len(chosen) > 1:
        return both(chosen, asked, limits, voice)
    return about(chosen[0], asked, limits, voice)


def _continues(talk: Conversation) -> bool:
    """Tell whether the question needs the ones before: "And in winter?", "name two"."""
    counts = read_limits(talk.question).items and not subject_roots(talk.question)
    return talk.is_follow_up or (len(talk.questions) > 1 and bool(counts))


def _asked(talk: Conversation) -> Asked:
    if not _continues(talk):
        return Asked(talk.question)
    more, why = (bool(pattern.search(talk.question)) for pattern in (_MORE, _WHY))
    return Asked(talk.question, "\n".join(talk.answers), more, why)


def _chosen(talk: Conversation) -> list[Topic]:
    """Return the topics to speak about, the one before first when the question continues it."""
    own, named = find_topics(talk.question)[:1], parts(talk.question)
    if not _continues(talk):
        return named if len(named) > 1 else own
    return _continued(talk, named or own)


def _continued(talk: Conversation, own: list[Topic]) -> list[Topic]:
    words = subject_roots(talk.question)
    if not own and words and not any(map(is_known, words)):
        return []
    before = next((t[0] for t in map(find_topics, reversed(talk.questions[:-1])) if t), None)
    return list(dict.fromkeys(topic for topic in (before, *own) if topic is not None))
