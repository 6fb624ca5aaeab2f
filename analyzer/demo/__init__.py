"""A whole session from nothing: lab, proxy, client, capture, report."""
