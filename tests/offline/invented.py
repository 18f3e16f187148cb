"""Tools that learners might invent: a question, the tools at hand, the calls it asks for."""

from typing import Any

from labkit.outdoor import TOOLS
from tests.offline.toolbox import FLAG, NUMBER, TEXT, TEXTS, WHOLE, tool

INVENTED: list[tuple[str, list[Any], list[tuple[str, dict[str, Any]]]]] = [
    (
        "What's the weather in Oslo and Bergen?",
        [tool("get_weather", "Get the weather for a city.", ["city"], city=TEXT)],
        [("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Bergen"})],
    ),
    (
        "Give me a 3 day forecast for New York",
        [tool("getForecast", "Weather forecast.", ["location"], location=TEXT, days=WHOLE)],
        [("getForecast", {"location": "New York", "days": 3})],
    ),
    (
        "What is 12 * (3 + 4)?",
        [tool("calculator", "Evaluate an expression.", ["expression"], expression=TEXT)],
        [("calculator", {"expression": "12 * (3 + 4)"})],
    ),
    (
        "What is 6 times 7 and 3 plus 4?",
        [
            tool("add", "Add two numbers.", ["a", "b"], a=NUMBER, b=NUMBER),
            tool("multiply", "Multiply two numbers.", ["a", "b"], a=NUMBER, b=NUMBER),
        ],
        [("multiply", {"a": 6, "b": 7}), ("add", {"a": 3, "b": 4})],
    ),
    (
        "Send an email to anna@example.com about the hike saying we meet at 9 and bring water",
        [
            tool(
                *("send_email", "Send an e-mail.", ["to", "subject", "body"]),
                to=TEXT,
                subject=TEXT,
                body=TEXT,
            )
        ],
        [
            (
                "send_email",
                {
                    "to": "anna@example.com",
                    "subject": "the hike",
                    "body": "we meet at 9 and bring water",
                },
            )
        ],
    ),
    (
        "Refund $20 for order 1234",
        [
            tool("refund", "Refund an order.", ["order_number"], order_number=WHOLE, amount=NUMBER),
            tool("get_order_status", "Status of an order.", ["order_id"], order_id=TEXT),
        ],
        [("refund", {"order_number": 1234, "amount": 20})],
    ),
    (
        "Create an urgent task to call Anna by 2026-12-01",
        [
            tool(
                *("add_todo", "Add a task to the to-do list.", ["title"]),
                title=TEXT,
                due={"type": "string", "format": "date"},
                priority={"type": "string", "enum": ["low", "high"]},
            ),
            tool("list_todos", "List all tasks."),
        ],
        [("add_todo", {"title": "call Anna", "due": "2026-12-01", "priority": "high"})],
    ),
    (
        "Find a flight from Munich to Lisbon and book a hotel in Lisbon for four nights",
        [
            tool(
                *("search_flights", "Search flights.", ["origin", "destination"]),
                origin=TEXT,
                destination=TEXT,
            ),
            tool("book_hotel", "Book a hotel.", ["city", "nights"], city=TEXT, nights=WHOLE),
        ],
        [
            ("search_flights", {"origin": "Munich", "destination": "Lisbon"}),
            ("book_hotel", {"city": "Lisbon", "nights": 4}),
        ],
    ),
    (
        "how much is 50 dollars in euros",
        [
            tool(
                *("convert_currency", "Convert an amount.", ["amount", "source", "to_currency"]),
                amount=NUMBER,
                source={"type": "string", "description": "currency code"},
                to_currency=TEXT,
            )
        ],
        [("convert_currency", {"amount": 50, "source": "USD", "to_currency": "EUR"})],
    ),
    (
        "turn off the lights in the living room and the bedroom",
        [
            tool(
                *("light_control", "Turn lights on or off.", ["room", "state"]),
                room={"type": "string", "enum": ["kitchen", "living room", "bedroom"]},
                state={"type": "string", "enum": ["on", "off"]},
            )
        ],
        [
            ("light_control", {"room": "living room", "state": "off"}),
            ("light_control", {"room": "bedroom", "state": "off"}),
        ],
    ),
    (
        "Please turn on light 2",
        [
            tool("Lights-get_lights", "Gets a list of lights and their state."),
            tool("Lights-change_state", "Changes a light.", ["id", "is_on"], id=WHOLE, is_on=FLAG),
        ],
        [("Lights-change_state", {"id": 2, "is_on": True})],
    ),
    (
        "Why does wool keep its warmth when it is wet?",
        [tool("search_docs", "Search the knowledge base.", ["query"], query=TEXT)],
        [("search_docs", {"query": "Why does wool keep its warmth when it is wet"})],
    ),
    (
        'Translate "good morning" into French',
        [
            tool(
                *("translate", "Translate a text.", ["text", "target_language"]),
                text=TEXT,
                target_language=TEXT,
            )
        ],
        [("translate", {"text": "good morning", "target_language": "French"})],
    ),
    (
        "Check the stock of P001 and tell me how many days delivery to 10115 takes",
        [
            tool("check_stock", "", ["product_id"], product_id=TEXT),
            tool("delivery_days", "", ["postcode"], postcode=TEXT),
        ],
        [("check_stock", {"product_id": "P001"}), ("delivery_days", {"postcode": "10115"})],
    ),
    (
        "What does it cost to rent P001 for 3 days?",
        [
            *TOOLS,
            tool("rent_price", "", ["product_id", "days"], product_id=TEXT, days=WHOLE),
        ],
        [("rent_price", {"product_id": "P001", "days": 3})],
    ),
    (
        "What is the weather in Oslo and which tents under $250 are in stock?",
        [*TOOLS, tool("get_weather", "", ["city"], city=TEXT)],
        [
            ("get_weather", {"city": "Oslo"}),
            ("search_products", {"category": "tents", "max_price": 250, "in_stock": True}),
        ],
    ),
    (
        "How much is $149 in euros?",
        [*TOOLS, tool("convert_currency", "", ["amount", "to"], amount=NUMBER, to=TEXT)],
        [("convert_currency", {"amount": 149, "to": "EUR"})],
    ),
    (
        "Where is order #77 and is P001 in stock?",
        [
            *TOOLS,
            tool("track_order", "", ["order_id"], order_id=TEXT),
            tool("check_stock", "How many of a product we have.", ["product_id"], product_id=TEXT),
        ],
        [("track_order", {"order_id": "#77"}), ("check_stock", {"product_id": "P001"})],
    ),
    (
        "When do you open on Sunday?",
        [*TOOLS, tool("opening_hours", "", ["day"], day=TEXT)],
        [("opening_hours", {"day": "Sunday"})],
    ),
    (
        'Please book a guided tour called "Night Hike" for two persons on Friday',
        [
            tool(
                *("book_guided_tour", "", ["name", "date", "persons"]),
                name=TEXT,
                date=TEXT,
                persons=WHOLE,
            )
        ],
        [("book_guided_tour", {"name": "Night Hike", "date": "Friday", "persons": 2})],
    ),
    (
        "What can I cook with pasta, some tomatoes and cheese?",
        [tool("suggest_recipe", "", ["ingredients"], ingredients=TEXTS)],
        [("suggest_recipe", {"ingredients": ["pasta", "tomatoes", "cheese"]})],
    ),
    (
        "Show the height profile of the Fjord Trail",
        [*TOOLS, tool("height_profile", "", ["trail"], trail=TEXT)],
        [("height_profile", {"trail": "Fjord Trail"})],
    ),
    (
        "Is the Larkfield 2 in stock?",
        [tool("check_stock", "", ["product_id"], product_id=TEXT)],
        [("check_stock", {"product_id": "P004"})],
    ),
    (
        "What is the total for 2 of P023 and one P026?",
        TOOLS,
        [("calculate_total", {"product_ids": ["P023", "P023", "P026"]})],
    ),
]
