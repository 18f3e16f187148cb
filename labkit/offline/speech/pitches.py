"""What the shop likes to say of each category: its promise, and a sentence to the reader."""

from labkit.offline.speech.voice import Voice

_PROMISES = {
    "tents": "dry inside",
    "sleeping bags": "warm till morning",
    "sleeping pads": "soft on any ground",
    "backpacks": "light on the shoulders",
    "footwear": "sure of every step",
    "jackets": "dry in any weather",
    "stoves": "hot in minutes",
    "headlamps": "bright when it matters",
}
_READERS = {
    "tents": "You are out of the rain while others still sort their poles.",
    "sleeping bags": "You zip it up and forget the night.",
    "sleeping pads": "You meet the ground only when you get up.",
    "backpacks": "You set it down in the evening and your shoulders do not complain.",
    "footwear": "You will talk about the view in the evening, not about your feet.",
    "jackets": "You put it on and walk on.",
    "stoves": "You eat while others still look for matches.",
    "headlamps": "You see the next step, and the one after.",
}
_ANY_READER = ("You will notice it on the first day.", "You feel the difference after an hour.")
TO_READER_OF_ADVICE = (
    "Keep it in mind on your next trip.",
    "You will be glad of it when it counts.",
    "Your next trip is the place to begin.",
)


def promise_of(category: str, otherwise: str) -> str:
    """Return what things of a category promise, in a few words."""
    return _PROMISES.get(category, otherwise)


def to_reader(category: str, voice: Voice) -> str:
    """Return a sentence that speaks to the reader as "you"."""
    return _READERS.get(category) or voice.pick(_ANY_READER, "reader")
