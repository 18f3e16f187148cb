"""Answers about products: which of the catalogue fit a wish, and what they cost."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labkit.offline.speech.knowledge import find_topics
from labkit.offline.speech.outline import Outline, Section
from labkit.offline.speech.voice import Voice
from labkit.offline.words import capitalised
from labkit.outdoor import CATALOGUE, Product, find_categories, find_product

_SHOPPING = re.compile(
    r"\b(recommend\w*|suggest\w*|price[sd]?|prices|costs?|cheap\w*|expensive|budget|buy|sell|"
    r"afford\w*|in stock|available|catalogue|catalog|lightest|warmest|roomiest|biggest|largest|"
    r"smallest|heaviest|how much|products?|shop|dollars?|which \w+ (should|would|do|is)|"
    r"(?:i need|looking for|want|find me|show me|offer) (?:an?|some|the)?)\b|\$",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"(?:under|below|less than|up to|at most|max(?:imum)?|cheaper than|within|not more than)"
    r"\s*(?:of\s*)?(?:\$|USD|US\$)?\s*(\d+(?:\.\d+)?)\b"
    r"(?!\s*(?:words?|kg|g\b|grams?|°|km|lit|sentences?|days?|hours?|nights?|min|m\b|%|pe|l\b))",
    re.IGNORECASE,
)
_PERSONS = re.compile(
    r"\b(?:for|sleeps) (one|two|three|four|\d)\b(?!\s*(?:day|night|week|hour|°|\$|%|k))|"
    r"\b(one|two|three|four|\d)[- ](?:person|people|man)",
    re.IGNORECASE,
)
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4}
_DEGREES = re.compile(r"([-−]?\d+)\s*°\s*C?|\b(freezing)\b", re.IGNORECASE)
_LISTED = re.compile(
    r"\b(?:list|show|name|give)(?: me| us)? "
    r"(?:(?:all|your|the|some|\d+|one|two|three|four|five|six) )+"
    r"(?!(?:\S+ )?(?:tips?|things?|rules?|facts?|items?|points?|ideas?)\b)(\S+(?: \S+)?)",
    re.IGNORECASE,
)
_Key = Callable[[Product], float]
_ORDERS: dict[str, _Key] = {
    "lightest": lambda product: product.weight_g,
    "heaviest": lambda product: -product.weight_g,
    "cheapest": lambda product: product.price,
    "most expensive": lambda product: -product.price,
    "warmest": lambda product: _coldest(product),
    "roomiest": lambda product: -(product.litres or 0) - (product.persons or 0),
    "smallest": lambda product: (product.litres or 0) + (product.persons or 0),
}
_OTHER_NAMES = {"biggest": "roomiest", "largest": "roomiest", "least expensive": "cheapest"}
_LEADS = (
    "From our catalogue of {what}, we would look at these{filters}.",
    "We have the following {what}{filters}.",
    "Here is what we would look at among our {what}{filters}.",
    "Our short list of {what}{filters} is this.",
)
_IT = re.compile(r"\b(?:it|this one|that one)\b", re.IGNORECASE)
_ONE = ("I know it well.", "Here it is.", "From our shelf:", "A closer look.", "With pleasure.")
_EACH = (
    "One after the other.",
    "Here is what we have of each.",
    "Let us go through them in turn.",
)
_ENDS = (
    "Prices are in US dollars.",
    "All prices are in US dollars, and the weights are without packaging.",
    "Tell me your budget or the coldest night, and I narrow it down.",
    "Ask for any of them by its number to read more.",
)


@dataclass(frozen=True)
class Wish:
    """Hold what the asker wants of a category; None where nothing was said."""

    category: str
    max_price: float | None = None
    in_stock: bool = False
    order: str = ""
    persons: int | None = None
    comfort_c: int | None = None

    def fits(self, product: Product) -> bool:
        """Tell whether `product` meets every wish."""
        return (
            product.category == self.category
            and (self.max_price is None or product.price <= self.max_price)
            and (product.in_stock or not self.in_stock)
            and (self.persons is None or (product.persons or self.persons) >= self.persons)
            and (self.comfort_c is None or _coldest(product) <= self.comfort_c)
        )

    @property
    def filters(self) -> str:
        """Return the wish in words, to follow the name of the category."""
        price = f"under ${self.max_price:g}" if self.max_price is not None else ""
        cold = f"for nights of {self.comfort_c} °C" if self.comfort_c is not None else ""
        people = f"for {self.persons} or more" if self.persons and self.category == "tents" else ""
        parts = [price, cold, people, "in stock" if self.in_stock else ""]
        return "".join(f" {part}" for part in parts if part)


def _coldest(product: Product) -> int:
    return 99 if product.comfort_c is None else product.comfort_c


def _measures(order: str, category: str) -> bool:
    """Tell whether the products of a category differ in what `order` compares."""
    values = {_ORDERS[order](p) for p in CATALOGUE if p.category == category} if order else set()
    return len(values) > 1


def _order(text: str) -> str:
    for word in (*_OTHER_NAMES, *_ORDERS):
        if re.search(rf"\b{word}\b", text, re.IGNORECASE):
            return _OTHER_NAMES.get(word, word)
    if re.search(r"\b(light|lightweight|lighter)\b", text, re.IGNORECASE):
        return "lightest"
    return "cheapest" if re.search(r"\b(cheap|cheaper|budget)\b", text, re.IGNORECASE) else ""


def _comfort(text: str, category: str) -> int | None:
    found = _DEGREES.search(text)
    if found is None or category != "sleeping bags":
        return None
    return int(found[1].replace("−", "-")) if found[1] else 0


def read_wish(text: str, category: str) -> Wish:
    """Return what `text` asks of `category`: price, stock, order, persons, temperature."""
    price, persons = _MOST.search(text), _PERSONS.search(text)
    count = (persons[1] or persons[2]).lower() if persons else ""
    order = _order(text)
    return Wish(
        category,
        float(price[1]) if price else None,
        re.search(r"\b(in stock|available)\b", text, re.IGNORECASE) is not None,
        order if _measures(order, category) else "",
        (_COUNTS.get(count) or int(count)) if count and category == "tents" else None,
        _comfort(text, category),
    )


def wanted(question: str, earlier: list[str], *, follow_up: bool) -> list[Wish]:
    """Return the wishes for products in `question`, one for each category; empty for none.

    A follow-up such as "And which is lightest?" takes the category from `earlier`, newest first.
    """
    categories = find_categories(question)
    if not categories and follow_up:
        categories = next(filter(None, map(find_categories, earlier)), [])[:1]
    return [read_wish(question, one) for one in categories] if _shops(question) else []


def _shops(text: str) -> bool:
    listed = _LISTED.search(text)
    ranks = _order(text) and any(re.search(rf"\b{word}\b", text, re.I) for word in _ORDERS)
    names = listed is not None and find_categories(listed[1])
    return bool(_SHOPPING.search(text) or ranks or _MOST.search(text) or names)


def facts(product: Product) -> str:
    """Return the price, weight and further measures of a product in one line."""
    comfort = f"comfortable to {product.comfort_c} °C" if product.comfort_c is not None else ""
    litres = f"{product.litres} litres" if product.litres else ""
    persons = f"sleeps {product.persons}" if product.persons else ""
    stock = "" if product.in_stock else "out of stock"
    weight = f"{product.weight_g} g"
    parts = (f"${product.price:g}", weight, persons, litres, comfort, stock)
    return ", ".join(part for part in parts if part)


def _entry(product: Product) -> str:
    return f"**{product.name}** ({product.id}): {facts(product)}. {product.description}"


def _superlative(wish: Wish, best: Product) -> str:
    label = f"The {wish.order} of our {wish.category}{wish.filters}"
    return f"{label} is the **{best.name}** ({best.id}) at {facts(best)}."


def _ranked(wish: Wish) -> list[Product]:
    found = [product for product in CATALOGUE if wish.fits(product)]
    order = _ORDERS.get(wish.order)
    # What can be had comes first; within that, the wish decides.
    return sorted(found, key=lambda p: (not p.in_stock, order(p) if order else 0))


def _nothing(wish: Wish) -> Outline:
    cheapest = min((p for p in CATALOGUE if p.category == wish.category), key=lambda p: p.price)
    text = (
        f"None of our {wish.category} fits{wish.filters or ' that'}. The nearest is the "
        f"**{cheapest.name}** ({cheapest.id}), {facts(cheapest)}: {cheapest.description}"
    )
    return Outline(short=text, lead=text)


def offer(wish: Wish, voice: Voice, count: int | None) -> Outline:
    """Return an answer that names up to `count` products (four unless said) for a wish."""
    ranked = _ranked(wish)
    if not ranked:
        return _nothing(wish)
    chosen = ranked[: count or 4]
    lead = voice.pick(_LEADS).format(what=wish.category, filters=wish.filters)
    if wish.order:
        lead = f"{_superlative(wish, ranked[0])} {lead}"
    entries = tuple(_entry(p) for p in (chosen if wish.order else voice.shuffle(chosen)))
    short = _superlative(wish, ranked[0]) if wish.order else f"Look at the {_entry(ranked[0])}"
    advice = next((t.introduction[0] for t in find_topics(wish.category)), "")
    closing = f"{advice} {voice.pick(_ENDS, 'end')}".strip()
    sections = (Section("", entries),)
    numbered = count is not None
    return Outline(short, "", lead, "", sections, closing, numbered)


def offer_each(wishes: Sequence[Wish], voice: Voice, count: int | None) -> Outline:
    """Return the offers for several categories under a heading each, or the offer for one."""
    outlines = [offer(wish, voice, count) for wish in wishes]
    if len(outlines) == 1 or count:
        return outlines[0]
    sections = tuple(
        Section(f"{wish.category.capitalize()}{wish.filters}", one.sections[0].items)
        for wish, one in zip(wishes, outlines, strict=True)
        if one.sections
    )
    missing = [one.lead for one in outlines if not one.sections]
    lead = " ".join((voice.pick(_EACH), *missing))
    return Outline(outlines[0].short, "", lead, sections=sections, closing=voice.pick(_ENDS, "end"))


def meant(question: str, before: str) -> Product | None:
    """Return the product that `question` names, or that "it" means after the answer `before`."""
    ids = set(re.findall(r"\bP\d{3}\b", before))
    if find_product(question) or len(ids) != 1 or not _IT.search(question):
        return find_product(question)
    return find_product(ids.pop()) if _SHOPPING.search(question) else None


def describe(product: Product, voice: Voice) -> Outline:
    """Return what we know of one product."""
    stock = "It is in stock." if product.in_stock else "It is out of stock at the moment."
    short = f"The **{product.name}** ({product.id}) costs ${product.price:g}. {stock}"
    listed = [f"**Facts**: {facts(product)}", *(capitalised(f) for f in product.features)]
    sections = (Section("", tuple(voice.shuffle(listed))),)
    lead = f"{short} {product.description}"
    opener, end = voice.pick(_ONE, "one"), voice.pick(_ENDS, "end")
    return Outline(short, opener, lead, sections=sections, closing=end)
