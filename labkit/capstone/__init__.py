"""The capstone: a file that the learner writes, its milestones, and the page that it serves."""

from labkit.capstone.app_file import REFERENCE
from labkit.capstone.notebook import fault, milestone, page, rubric, start

__all__ = ["REFERENCE", "fault", "milestone", "page", "rubric", "start"]
