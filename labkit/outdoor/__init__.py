"""OutdoorGear, the shop of the course: its catalogue, and the tools that an agent uses there."""

from labkit.outdoor.catalogue import (
    CATALOGUE,
    CATEGORIES,
    Product,
    find_categories,
    find_category,
    find_product,
)
from labkit.outdoor.tools import (
    TOOL_FUNCTIONS,
    TOOLS,
    calculate_total,
    get_product_details,
    search_products,
)

__all__ = [
    "CATALOGUE",
    "CATEGORIES",
    "TOOLS",
    "TOOL_FUNCTIONS",
    "Product",
    "calculate_total",
    "find_categories",
    "find_category",
    "find_product",
    "get_product_details",
    "search_products",
]
