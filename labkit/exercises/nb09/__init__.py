"""The exercises of notebook 09: what a streaming service does besides streaming."""

from labkit.exercises.nb09.drain import DRAIN
from labkit.exercises.nb09.resumed import RESUMED
from labkit.exercises.nb09.use_ticket import USE_TICKET

EXERCISES = (RESUMED, USE_TICKET, DRAIN)
