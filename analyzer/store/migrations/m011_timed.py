"""Streams whose bytes are in a capture without the arrival of any of them."""

SQL = "ALTER TABLE exchanges ADD COLUMN timed INTEGER NOT NULL DEFAULT 1;"
