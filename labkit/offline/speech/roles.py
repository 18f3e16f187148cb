"""The roles of a group that works on a text: which one the instructions give."""

import re

from labkit.offline.speech.conversation import Conversation
from labkit.offline.speech.drafting import write
from labkit.offline.speech.persona import Persona, read_persona
from labkit.offline.speech.reviewing import check_safety, criticise, edit
from labkit.offline.speech.voice import Voice
from labkit.offline.speech.workshop import is_order, read_workshop

_WRITER = re.compile(r"\b(copy ?writer|writer|author|drafter)\b", re.IGNORECASE)
_SAFETY = re.compile(r"\b(safety|risk)\b", re.IGNORECASE)
_OFFICE = re.compile(r"\b(review\w*|critic|check\w*|officer|expert|editor|lead)\b", re.IGNORECASE)
_CRITIC = re.compile(r"\b(critic|reviewer|editor|art director|proof ?reader)\b", re.IGNORECASE)
_EDITS = re.compile(
    r"\b(?:improve|polish|rewrite|tighten|shorten|correct|edit|rephrase|return|answer with|"
    r"reply with|give back|add)\b[^.]*\b(?:text|draft|it|version|copy|risk|warning)\b",
    re.IGNORECASE,
)
_JUDGES = re.compile(
    r"\b(?:ask|approv\w*|remarks?|requests?|changes|critici[sz]e|judge)\b", re.IGNORECASE
)


def play(talk: Conversation, persona: Persona, voice: Voice) -> str:
    """Return the turn of a writer, critic, editor or safety reviewer; empty for any other role."""
    job, workshop = _job(talk, persona), read_workshop(talk)
    safety = _is_safety(job)
    if (safety or _CRITIC.search(job)) and _edits(talk.instructions):
        return edit(talk, workshop, voice, safety=safety)
    if safety:
        return check_safety(talk, workshop, voice)
    if _CRITIC.search(job):
        return criticise(talk, workshop, voice)
    return write(talk, workshop, voice) if _WRITER.search(job) else ""


def _job(talk: Conversation, persona: Persona) -> str:
    return f"{persona.role} {persona.name}" if persona.role else talk.instructions


def _is_safety(job: str) -> bool:
    return _SAFETY.search(job) is not None and _OFFICE.search(job) is not None


def _edits(instructions: str) -> bool:
    return _EDITS.search(instructions) is not None and _JUDGES.search(instructions) is None


def works_on_text(talk: Conversation) -> bool:
    """Tell whether a writer has an order, or a reviewer others to review.

    The results of tools are then material for their turn, and no answer in themselves.
    """
    role = read_persona(talk.instructions).role
    if not any(map(is_order, talk.questions)):
        return False
    others = any(turn.role == "assistant" and turn.name not in ("", talk.me) for turn in talk.turns)
    reviews = _CRITIC.search(role) is not None or _is_safety(role)
    return _WRITER.search(role) is not None or (reviews and others)
