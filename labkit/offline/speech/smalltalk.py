"""Short answers about ourselves: greetings, thanks, who we are, and what lies outside our field."""

import re

from labkit.offline.speech.persona import Persona
from labkit.offline.speech.voice import Voice

BEFORE_CALLS = ("Let me look that up.", "One moment, I am checking.", "I will look into that.")
_WHO = "the lab's offline advisor for outdoor gear"
_HELLO = (
    "Hello! {who} What are you planning?",
    "Hi, good to meet you. {who} Ask me about boots, tents, weather or food.",
    "Good day! {who} Where shall we begin?",
    "Welcome! {who} Which piece of gear is on your mind?",
)
_THANKS = (
    "You are welcome! If more questions come up, the lab's offline advisor is here.",
    "Gladly. The lab's offline advisor does not tire, so ask again at any time.",
    "My pleasure! As the lab's offline advisor I wish you dry feet and clear skies.",
)
_BYE = (
    "Goodbye! The lab's offline advisor wishes you a fine path and a dry tent.",
    "See you! The lab's offline advisor stays here, and the trail waits for you.",
    "Safe travels! The lab's offline advisor is here when you are back.",
)
_WELL = (
    "Fine, thank you! {who} How is your next trip coming along?",
    "All is well here. {who} What can we plan together?",
    "Warm and dry, thank you. {who} What would you like to know?",
)
_ABOUT = (
    "{who} I work without a network and know boots, tents, weather, first aid and more.",
    "{who} I run on this machine, need no key, and answer from a small set of notes on gear.",
    "{who} There is no large model behind me: I find the right notes and put them into words.",
)
_KINDS = (
    (r"(?:hello|hi|hey|hiya|howdy|good (?:morning|day|evening|afternoon)|greetings)", _HELLO),
    (
        r"(?:many |much )?(?:thanks?|thank you|thx|cheers|great|perfect|awesome|cool|got it)",
        _THANKS,
    ),
    (r"(?:good ?bye|bye|see you|good night|farewell)", _BYE),
    (r"how are you|how(?:'s| is) it going|how do you do|what'?s up", _WELL),
    (
        r"who are you|what are you|what(?:'s| is) your name|what can you do|are you (?:a|an|real|"
        r"there|chatgpt|gpt|human)\b.*|what (?:model|llm) are you|introduce yourself|"
        r"(?:please )?tell me about yourself|who am i (?:talking|speaking) (?:to|with)|"
        r"help|test(?:ing)?|ping",
        _ABOUT,
    ),
)
# A greeting may be followed by a name, a thank-you or a word of address, but not by a question.
_TAIL = (
    r"(?:[\s,!.]+(?:there|all|again|you|so much|very much|a lot|for [\w\s]{1,30}|[a-z]+))?[\s!.?,]*"
)
_PATTERNS = tuple(
    (re.compile(rf"\s*(?:{kind}){_TAIL}\s*", re.IGNORECASE), texts) for kind, texts in _KINDS
)
_SAY = re.compile(
    r"\s*(?:please )?(?:just )?(?:say|repeat|echo|reply with|respond with|answer with)"
    r"(?: after me| exactly| only)*:?\s+(.+?)\s*",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(
    r"\s*(?:please )?count (?:up )?(?:slowly )?(?:from (\d{1,3}) )?to (\d{1,3})\b.*",
    re.IGNORECASE | re.DOTALL,
)
_REAL = "set `LABKIT_PROVIDER=openai` and `LABKIT_API_KEY`, then start the lab again."
_OUTSIDE = (
    "I am the lab's offline advisor and know outdoor gear only, so I cannot answer that. "
    "To reach a real model, {real}",
    "That lies outside my field: I am the lab's offline advisor, and outdoor gear is all I know. "
    "For a real model, {real}",
    "I would rather not guess. I am the lab's offline advisor and I know outdoor gear only. "
    "If you want a real model to answer, {real}",
    "My notes end at the trailhead: the lab's offline advisor knows outdoor gear only. "
    "To ask a real model instead, {real}",
)
_OFFERS = (
    "Or ask me what to wear in rain, how to pack, or which tent suits you.",
    "What I can do: boots, tents, stoves, weather, first aid, and a few prices.",
    "Try me with blisters, sleeping bags or water from a stream.",
)


def _introduce(persona: Persona) -> str:
    if persona.name and persona.role:
        return f"I am {persona.name}, your {persona.role}, played by {_WHO}."
    return f"I am {persona.name}, {_WHO}." if persona.name else f"I am {_WHO}."


def small_talk(text: str, persona: Persona, voice: Voice) -> str:
    """Return a short friendly answer to a greeting, thanks or the like; empty for anything else."""
    for pattern, texts in _PATTERNS:
        if pattern.fullmatch(text):
            return voice.pick(texts).format(who=_introduce(persona))
    return ""


def dictation(text: str) -> str:
    """Return what "say …" or "count to …" asks us to say; empty for anything else."""
    if counted := _COUNT.fullmatch(text):
        first, last = int(counted[1] or 1), int(counted[2])
        return ", ".join(str(number) for number in range(first, last + 1))
    said = _SAY.fullmatch(text)
    return said[1].strip("\"'“”") if said else ""


def outside(voice: Voice) -> str:
    """Return that the question lies outside our field, and how to reach a real model."""
    return f"{voice.pick(_OUTSIDE).format(real=_REAL)} {voice.pick(_OFFERS, 'offer')}"
