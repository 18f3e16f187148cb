"""The three tools of the shop. A model may pass anything, so a bad argument gets an answer too."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from labkit.outdoor.catalogue import CATALOGUE, CATEGORIES, Product, find_category

_BY_ID = {product.id: product for product in CATALOGUE}


def search_products(
    category: str, max_price: float | None = None, in_stock: bool | None = None
) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the products of a category, cheapest first, as dictionaries; [] if none fits.

    `category` may be singular or plural, in any case; `max_price` is in US dollars and included;
    `in_stock` True or False keeps only those. What cannot be used gives `{"error": …}`.
    """
    known = find_category(category) if isinstance(category, str) else None
    if known is None:
        return _error(f"There is no category {category!r}. We have: {', '.join(CATEGORIES)}.")
    if max_price is not None and not _is_number(max_price):
        return _error(f"max_price must be a number of dollars, but it is {max_price!r}.")
    if in_stock not in (None, True, False):
        return _error(f"in_stock must be true or false, but it is {in_stock!r}.")
    found = (product for product in CATALOGUE if product.category == known)
    if max_price is not None:
        found = (product for product in found if product.price <= max_price)
    if in_stock is not None:
        found = (product for product in found if product.in_stock == in_stock)
    return [_listed(product) for product in sorted(found, key=lambda product: product.price)]


def get_product_details(product_id: str) -> dict[str, Any]:
    """Return everything about the product of this id; for an unknown id `{"error": …}`."""
    product = _product(product_id)
    if product is None:
        return _error(f"There is no product with the id {product_id!r}. Ids look like P001.")
    return {name: value for name, value in asdict(product).items() if value is not None}


def calculate_total(product_ids: list[str], discount_percent: float = 0) -> dict[str, Any]:
    """Return the price of these products in US dollars, less a discount of 0 to 100 percent.

    An id that stands twice counts twice. Ids that we do not have are named under `error`, and the
    total is of the others; other bad arguments give `{"error": …}` alone.
    """
    if not isinstance(product_ids, list | tuple) or not product_ids:
        return _error(f"product_ids must be a list of ids such as P001, but it is {product_ids!r}.")
    if not _is_number(discount_percent) or not 0 <= discount_percent <= 100:
        return _error(f"discount_percent must be 0 to 100, but it is {discount_percent!r}.")
    known = [product for product in map(_product, product_ids) if product]
    unknown = [product_id for product_id in product_ids if _product(product_id) is None]
    subtotal = sum(product.price for product in known)
    bill = {
        "items": [{"id": p.id, "name": p.name, "price": p.price} for p in known],
        "subtotal": round(subtotal, 2),
        "discount_percent": discount_percent,
        "total": round(subtotal * (1 - discount_percent / 100), 2),
    }
    if unknown:
        named = ", ".join(map(str, unknown))
        bill |= _error(f"No product has these ids, so the total leaves them out: {named}.")
    return bill


def _product(product_id: Any) -> Product | None:
    return _BY_ID.get(product_id.strip().upper()) if isinstance(product_id, str) else None


def _listed(product: Product) -> dict[str, Any]:
    """Return what a list of products shows of one: all but the long texts."""
    details = get_product_details(product.id)
    return {key: details[key] for key in details if key not in ("description", "features")}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _error(message: str) -> dict[str, Any]:
    return {"error": message}


def _tool(name: str, description: str, required: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": [required]}
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


TOOLS: list[dict[str, Any]] = [
    _tool(
        "search_products",
        "Search the OutdoorGear catalogue by category, price and availability.",
        "category",
        category={"type": "string", "description": f"One of: {', '.join(CATEGORIES)}"},
        max_price={"type": "number", "description": "Highest price in US dollars"},
        in_stock={"type": "boolean", "description": "Only products that are in stock"},
    ),
    _tool(
        "get_product_details",
        "Get everything that is known about one product.",
        "product_id",
        product_id={"type": "string", "description": "The product's id, such as P001"},
    ),
    _tool(
        "calculate_total",
        "Calculate the total price of some products, less a discount.",
        "product_ids",
        product_ids={"type": "array", "items": {"type": "string"}, "description": "Product ids"},
        discount_percent={"type": "number", "description": "Discount in percent, 0 to 100"},
    ),
]
"""The schemas of the tools, as a chat-completions request carries them (`tools`)."""

TOOL_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "search_products": search_products,
    "get_product_details": get_product_details,
    "calculate_total": calculate_total,
}
"""The function behind each name."""
