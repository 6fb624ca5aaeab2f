"""A capture played again: recorded answers served once more, chunk by chunk, at their times."""
