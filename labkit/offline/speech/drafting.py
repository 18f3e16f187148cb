"""The writer of a group: drafts a short text, and revises it as the others ask."""

import re
from dataclasses import replace

from labkit.offline.speech.checks import PUFFS, TAILS, asked_for, cuts
from labkit.offline.speech.conversation import Conversation
from labkit.offline.speech.drafts import Draft, read_draft
from labkit.offline.speech.hazards import warnings_in
from labkit.offline.speech.lengths import read_limits
from labkit.offline.speech.material import Material, gather, named_subject
from labkit.offline.speech.voice import Voice
from labkit.offline.speech.workshop import DONE, Workshop

_SLOGAN = re.compile(r"\b(slogan|tag ?line|headline|motto|title)\b", re.IGNORECASE)
_ADDED = ("weight", "price", "figure", "reader")


def is_slogan(task: str) -> bool:
    """Tell whether `task` asks for a line rather than for a text."""
    return _SLOGAN.search(task) is not None


def write(talk: Conversation, workshop: Workshop, voice: Voice) -> str:
    """Return the writer's turn: a first draft, a revision, or that nothing is left to do."""
    remarks = workshop.open_remarks
    if workshop.approved and not remarks:
        return voice.pick(DONE)
    # Revisions keep the words of the draft: what they are made from must not change with the talk.
    material = gather(talk, workshop.task, Voice(voice.seed, workshop.task))
    last = read_draft(workshop.draft) if remarks and workshop.draft else None
    draft = last or first_draft(workshop, material, voice)
    if remarks:
        draft = revise(draft, remarks, material, voice, line=is_slogan(workshop.task))
    limits = read_limits(workshop.task).over(read_limits(talk.instructions))
    said = "\n".join(turn.text for turn in workshop.turns)
    return draft.within(limits, keep=[*material.additions.values(), *warnings_in(said)]).text


def first_draft(workshop: Workshop, material: Material, voice: Voice) -> Draft:
    """Return a draft with something to criticise: praise that tells nothing."""
    stable = Voice(voice.seed, workshop.task)
    if is_slogan(workshop.task):
        tail = stable.pick(TAILS, "tail")
        return Draft("", (f"{named_subject(material)}: {material.promise}, {tail}.",))
    draft = Draft("", (*material.body, stable.pick(PUFFS, "puff")))
    return draft.plus(_added(asked_for(workshop.task), material))


def revise(draft: Draft, remarks: str, material: Material, voice: Voice, *, line: bool) -> Draft:
    """Return the draft with the changes that `remarks` ask for; a `line` gets no more sentences."""
    asked = asked_for(remarks)
    draft = draft.without(cuts(remarks))
    if "shorter" in asked:
        draft = draft.shorter()
    if line:
        return _spoken_to(draft, material) if "reader" in asked else draft
    draft = draft.plus([*_added(asked, material), *warnings_in(remarks)])
    if "heading" in asked and not draft.heading:
        draft = replace(draft, heading=material.heading)
    if "call" in asked and not draft.invites:
        draft = draft.plus([voice.pick(material.calls, "call")])
    return draft


def _spoken_to(draft: Draft, material: Material) -> Draft:
    own, text = named_subject(material, own=True), " ".join(draft.sentences)
    return replace(draft, sentences=(text.replace(named_subject(material), own, 1),))


def _added(asked: set[str], material: Material) -> list[str]:
    return [
        material.additions[name] for name in _ADDED if name in asked & material.additions.keys()
    ]
