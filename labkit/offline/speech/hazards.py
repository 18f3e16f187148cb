"""The risk that a text about a topic should name: what a reviewer of safety asks for."""

from dataclasses import dataclass

from labkit.offline.speech.knowledge import Topic


@dataclass(frozen=True)
class Hazard:
    """Hold the name of a risk, to stand within a sentence, and one sentence that warns of it."""

    name: str
    warning: str

    def stands_in(self, text: str) -> bool:
        """Tell whether `text` warns of it, be it within a longer sentence."""
        return self.warning.rstrip(".").lower() in text.lower()


_GENERAL = Hazard("the weather", "Weather turns: take a warm layer, and say when you will be back.")
_CARBON_MONOXIDE = Hazard(
    "carbon monoxide", "Never cook in a closed tent: carbon monoxide has no smell and kills."
)
_WET = Hazard("wet and wind", "Wet clothes and wind chill a body well above freezing, too.")
_LOAD = Hazard("the load", "More than a fifth of your own weight strains knees and back.")
_BY_TITLE = {
    "Tents": _CARBON_MONOXIDE,
    "Camp stoves": _CARBON_MONOXIDE,
    "Sleeping bags": Hazard(
        "the comfort limit",
        "Comfort limits are for dry, rested sleepers: if in doubt, go warmer.",
    ),
    "Sleeping pads": Hazard("the cold ground", "On frozen ground a thin pad alone is not enough."),
    "Choosing a backpack": _LOAD,
    "Packing a backpack": _LOAD,
    "Hiking boots and shoes": Hazard(
        "blisters", "Break them in on short walks first: blisters end more tours than storms do."
    ),
    "Socks and blisters": Hazard("infection", "Redness that spreads, pus or fever needs a doctor."),
    "Rain gear": _WET,
    "Layering clothes": _WET,
    "Headlamps": Hazard("weak cells", "Cold drains cells within hours: carry a spare set."),
    "Winter trips": Hazard(
        "avalanches", "Read the avalanche bulletin, and stay off steep slopes when it warns."
    ),
    "Weather and lightning": Hazard(
        "lightning", "At the first thunder leave ridges, summits and lone trees."
    ),
    "Heat and sun": Hazard(
        "heat stroke", "Confusion or very hot skin is an emergency: cool at once and call for help."
    ),
    "Treating water": Hazard("germs", "Clear water can carry germs: treat it before you drink."),
    "Wildlife": Hazard("bears", "Never run from a bear: stand still, speak calmly and back away."),
    "Choosing a camp": Hazard("floods", "Never camp in a dry river bed: floods arrive at night."),
    "Navigation": Hazard(
        "an empty battery", "A phone can fail: carry a map and know how to use it."
    ),
    "First aid": Hazard("waiting too long", "Call for help first when someone is badly hurt."),
    "Trekking poles": Hazard(
        "the straps", "Keep your hands out of the straps on scree and in snow."
    ),
    "Leave no trace": Hazard("fire", "Light no fire in dry weather: a spark is enough."),
    "Food on the trail": Hazard("hunger", "Carry a meal more than planned: the hungry stumble."),
}


def hazard_of(topic: Topic | None) -> Hazard | None:
    """Return the risk of a topic, the weather's if it has none of its own; None for no topic."""
    return _BY_TITLE.get(topic.title, _GENERAL) if topic else None


def warnings_in(text: str) -> list[str]:
    """Return the warnings that stand in `text`, as a reviewer's remark quotes them."""
    return [h.warning for h in dict.fromkeys((*_BY_TITLE.values(), _GENERAL)) if h.warning in text]
