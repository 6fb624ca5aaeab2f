"""Listeners for HTTP/1.1, HTTP/2 and HTTP/3 on loopback, with certificates of their own."""
