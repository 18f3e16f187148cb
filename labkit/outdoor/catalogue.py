"""The OutdoorGear catalogue: what our shop sells. All names are invented."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """Describe one product: price in US dollars, weight in grams, temperatures in °C."""

    id: str
    name: str
    category: str
    price: float
    in_stock: bool
    weight_g: int
    description: str
    features: tuple[str, ...]
    comfort_c: int | None = None  # sleeping bags and pads: the coldest comfortable night
    litres: int | None = None  # backpacks: the volume
    persons: int | None = None  # tents: how many sleep in it


CATALOGUE: tuple[Product, ...] = (
    Product(
        *("P001", "Heronwing 2", "tents", 229.00, True, 2150),
        "A free-standing tent for two that pitches in the rain with the inner kept dry.",
        ("fly and inner pitch together", "two doors", "3000 mm floor"),
        persons=2,
    ),
    Product(
        *("P002", "Siskin Solo", "tents", 349.00, True, 980),
        "A one-person tent under a kilogram that stands on a single trekking pole.",
        ("pitches with a trekking pole", "packs to 30 cm", "silnylon fly"),
        persons=1,
    ),
    Product(
        *("P003", "Badger Lodge 4", "tents", 289.00, False, 5400),
        "A family tent with a porch high enough to put on boots in.",
        ("two rooms", "porch 1.6 m high", "steel pegs for sand"),
        persons=4,
    ),
    Product(
        *("P004", "Larkfield 2", "tents", 149.00, True, 2900),
        "A plain and sturdy first tent for two, easy to pitch in five minutes.",
        ("colour-coded poles", "one large door", "2000 mm floor"),
        persons=2,
    ),
    Product(
        *("P005", "Ravenscar 3", "tents", 459.00, True, 3600),
        "A four-season tent for three that shrugs off wind and a load of snow.",
        ("five crossing poles", "snow skirts", "twelve guy lines"),
        persons=3,
    ),
    Product(
        *("P006", "Wren 1", "tents", 199.00, True, 1480),
        "A low, quick tunnel for one, made for cyclists and small pitches.",
        ("short pole sections", "one side door", "vent at the foot"),
        persons=1,
    ),
    Product(
        *("P007", "Dormouse 0", "sleeping bags", 219.00, True, 1150),
        "A hydrophobic-down mummy bag for clear nights around freezing.",
        ("650-fill down", "draught collar", "two-way zip"),
        comfort_c=0,
    ),
    Product(
        *("P008", "Otter 5", "sleeping bags", 109.00, True, 1600),
        "A synthetic bag that still warms when it is damp, for spring and autumn.",
        ("hollow-fibre filling", "machine washable", "zips to its twin"),
        comfort_c=5,
    ),
    Product(
        *("P009", "Meadow 12", "sleeping bags", 69.00, True, 980),
        "A roomy summer bag that opens flat into a quilt.",
        ("full-length zip", "cotton-soft lining", "packs to 5 litres"),
        comfort_c=12,
    ),
    Product(
        *("P010", "Glacier Marten", "sleeping bags", 429.00, False, 1540),
        "A winter bag with deep baffles for nights well below freezing.",
        ("800-fill down", "box baffles", "boot-shaped foot"),
        comfort_c=-12,
    ),
    Product(
        *("P011", "Hazelnut Junior", "sleeping bags", 59.00, False, 1050),
        "A child's bag that grows from 120 to 150 cm as the foot is let out.",
        ("adjustable length", "glow-in-the-dark zip pull", "machine washable"),
        comfort_c=8,
    ),
    Product(
        *("P012", "Mossbed Air", "sleeping pads", 129.00, True, 480),
        "An insulated air pad, 8 cm thick and smaller than a water bottle when rolled.",
        ("R-value 4.2", "pump sack", "repair patches"),
        comfort_c=-5,
    ),
    Product(
        *("P013", "Slate Foam", "sleeping pads", 39.00, True, 410),
        "A folding foam pad that cannot puncture and doubles as a seat.",
        ("R-value 2.0", "folds flat", "straps outside a pack"),
        comfort_c=5,
    ),
    Product(
        *("P014", "Fernway 22", "backpacks", 79.00, True, 720),
        "A day pack with a ventilated back and room for lunch, layers and a flask.",
        ("rain cover", "hose port", "stretch pocket"),
        litres=22,
    ),
    Product(
        *("P015", "Cairn 48", "backpacks", 189.00, True, 1380),
        "A pack for three or four days, with a back length that adjusts in a minute.",
        ("adjustable back", "front zip", "hip-belt pockets"),
        litres=48,
    ),
    Product(
        *("P016", "Longhaul 65", "backpacks", 239.00, False, 1950),
        "A load carrier for long routes, with a firm frame and a floating lid.",
        ("aluminium frame", "floating lid", "ice-axe loops"),
        litres=65,
    ),
    Product(
        *("P017", "Brookside Mid", "footwear", 159.00, True, 1080),
        "A waterproof mid-height boot for muddy paths and a moderate load.",
        ("waterproof lining", "5 mm lugs", "can be resoled"),
    ),
    Product(
        *("P018", "Harebell Trail", "footwear", 119.00, True, 580),
        "A breathable trail shoe that drains and dries fast.",
        ("rock plate", "drain holes", "4 mm lugs"),
    ),
    Product(
        *("P019", "Scree Alto", "footwear", 279.00, False, 1560),
        "A stiff leather mountain boot that takes a flexible crampon.",
        ("full-grain leather", "rubber rand", "crampon heel"),
    ),
    Product(
        *("P020", "Drizzle Shell", "jackets", 139.00, True, 340),
        "A three-layer rain jacket with pit zips and a hood that turns with the head.",
        ("taped seams", "pit zips", "fits over a fleece"),
    ),
    Product(
        *("P021", "Ember Down", "jackets", 179.00, True, 390),
        "A warm down jacket for halts and evenings that packs into its own pocket.",
        ("700-fill down", "hood", "packs to 2 litres"),
    ),
    Product(
        *("P022", "Teasel Fleece", "jackets", 65.00, True, 310),
        "A gridded fleece that moves sweat outwards and dries on the body.",
        ("thumb loops", "half zip", "recycled polyester"),
    ),
    Product(
        *("P023", "Firefly Mini", "stoves", 49.00, True, 85),
        "A folding gas burner that boils half a litre in three minutes.",
        ("piezo lighter", "simmers well", "fits screw cartridges"),
    ),
    Product(
        *("P024", "Tarn Cooker", "stoves", 119.00, True, 420),
        "A burner with a 0.8-litre heat-exchanger pot that boils fast in wind.",
        ("wind-shielded burner", "insulated pot", "locks for packing"),
    ),
    Product(
        *("P025", "Owl 350", "headlamps", 45.00, True, 82),
        "A rechargeable headlamp of 350 lumens with a red light for the tent.",
        ("USB-C", "red light", "lock against switching on in the pack"),
    ),
    Product(
        *("P026", "Tawny 120", "headlamps", 24.00, True, 68),
        "A small lamp of 120 lumens that runs on three AAA cells anywhere in the world.",
        ("three AAA cells", "60 hours on low", "splash-proof"),
    ),
)

CATEGORIES: tuple[str, ...] = tuple(dict.fromkeys(product.category for product in CATALOGUE))

# Everyday words for each category, in the singular; the pattern below adds the plurals.
_SYNONYMS = {
    "tents": "tent|shelter|bivouac tent",
    "sleeping bags": "sleeping ?bag|bag|quilt|down bag|sleepingbag|sleeping gear",
    "sleeping pads": "sleeping ?pad|sleeping ?mat|pad|mat|mattress|air ?bed|camping mat",
    "backpacks": "back ?pack|pack|day ?pack|rucksack|knapsack",
    "footwear": "footwear|boot|shoe|hiking boot|hiking shoe|trail runner|sneaker|trainer",
    "jackets": "jacket|coat|anorak|parka|fleece|rain ?wear|rain gear|shell|clothing|clothes",
    "stoves": "stove|cooker|burner|cookware|cooking gear",
    "headlamps": "head ?lamp|head ?torch|torch|flash ?light|lantern|lamp|lights|lighting",
}
_PHRASES = sorted(
    ((phrase, category) for category, row in _SYNONYMS.items() for phrase in row.split("|")),
    key=lambda pair: -len(pair[0]),
)
_PATTERN = re.compile(
    r"\b(?:" + "|".join(f"({phrase})(?:e?s)?" for phrase, _ in _PHRASES) + r")\b", re.IGNORECASE
)


def find_categories(text: str) -> list[str]:
    """Return the categories that `text` mentions, in its order, each once."""
    readable = re.sub(r"[\s_-]+", " ", text)
    found = (match.lastindex or 0 for match in _PATTERN.finditer(readable))
    return list(dict.fromkeys(_PHRASES[index - 1][1] for index in found))


def find_category(text: str) -> str | None:
    """Return the category that a word or phrase means ("pack", "Tents"), or None."""
    return next(iter(find_categories(text)), None)


def find_product(text: str) -> Product | None:
    """Return the product whose id or name stands in `text`, or None."""
    plain = text.casefold()
    for product in CATALOGUE:
        if re.search(rf"\b{product.id.casefold()}\b", plain) or product.name.casefold() in plain:
            return product
    return None
