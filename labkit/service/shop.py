"""The shop's tools as a Semantic Kernel plugin."""

from typing import Annotated

from semantic_kernel.functions import kernel_function

from labkit import outdoor
from labkit.tool_results import as_text

_CATEGORY = f"One of: {', '.join(outdoor.CATEGORIES)}"


class Shop:
    """What the agent can look up. Results are JSON; one with `error` says what was wrong."""

    @kernel_function(description="Search the OutdoorGear catalogue by category, price and stock.")
    def search_products(
        self,
        category: Annotated[str, _CATEGORY],
        max_price: Annotated[float | None, "Highest price in US dollars"] = None,
        in_stock: Annotated[bool | None, "Only products that are in stock"] = None,
    ) -> str:
        """Return the products of a category, cheapest first."""
        return as_text(outdoor.search_products(category, max_price, in_stock))

    @kernel_function(description="Get everything that is known about one product.")
    def get_product_details(self, product_id: Annotated[str, "The id, such as P001"]) -> str:
        """Return everything about the product of this id."""
        return as_text(outdoor.get_product_details(product_id))

    @kernel_function(description="Calculate the total price of some products, less a discount.")
    def calculate_total(
        self,
        product_ids: Annotated[list[str], "Product ids"],
        discount_percent: Annotated[float, "Discount in percent, 0 to 100"] = 0,
    ) -> str:
        """Return the price of these products in US dollars."""
        return as_text(outdoor.calculate_total(product_ids, discount_percent))
