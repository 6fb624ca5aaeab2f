"""What a list costs by offset and by keyset, on a real database of the traffic's shape."""
