"""From bytes to messages: content coding, timed lines, event streams."""
