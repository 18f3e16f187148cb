"""The capstone: a file that the learner writes, its milestones, and the page that it serves."""

from labkit.capstone.app_file import REFERENCE
from labkit.capstone.notebook import milestone, page, rubric, start

__all__ = ["REFERENCE", "milestone", "page", "rubric", "start"]
