"""What was seen of traffic on its way into a capture: decoded, redacted, limited."""
