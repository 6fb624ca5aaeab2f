"""Captures written in other formats.

Each format has a module with one function, ``write(records, file) -> list[Loss]``: it
takes what `analyzer.importers.read_capture` yields, writes it forward into a binary file
in memory that does not grow with the capture's length, and says what the format lost of it.
"""
