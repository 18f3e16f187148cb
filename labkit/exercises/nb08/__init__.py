"""The exercises of notebook 08: to survive a stream that breaks."""

from labkit.exercises.nb08.ask_again import ASK_AGAIN
from labkit.exercises.nb08.first_to_speak import FIRST_TO_SPEAK
from labkit.exercises.nb08.go_on import GO_ON
from labkit.exercises.nb08.in_time import IN_TIME
from labkit.exercises.nb08.printable import PRINTABLE
from labkit.exercises.nb08.show_answer import SHOW_ANSWER

EXERCISES = (IN_TIME, ASK_AGAIN, SHOW_ANSWER, GO_ON, FIRST_TO_SPEAK, PRINTABLE)
