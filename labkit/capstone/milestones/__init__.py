"""The milestones of the capstone in their order."""

from labkit.capstone.milestones.answer import ANSWER
from labkit.capstone.milestones.page import PAGE
from labkit.capstone.milestones.progress import PROGRESS
from labkit.capstone.milestones.recovery import RECOVERY
from labkit.capstone.milestones.stop import STOP
from labkit.capstone.milestones.tools import TOOLS

MILESTONES = (TOOLS, ANSWER, PAGE, PROGRESS, STOP, RECOVERY)
