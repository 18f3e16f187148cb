"""The exercises of notebook 09: what a streaming service does besides streaming."""

from labkit.exercises.nb09.resumed import RESUMED
from labkit.exercises.nb09.use_ticket import USE_TICKET
from labkit.exercises.nb09.with_keep_alive import WITH_KEEP_ALIVE

EXERCISES = (WITH_KEEP_ALIVE, RESUMED, USE_TICKET)
