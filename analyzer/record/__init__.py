"""Recording: the proxy with the recorder, the browser in front of it, what is seen meanwhile."""
