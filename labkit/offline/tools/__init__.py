"""Which of the caller's tools the offline advisor calls, with what, and what it makes of it."""
