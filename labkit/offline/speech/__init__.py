"""What the offline advisor says without tools: advice from its topics, in many wordings."""
