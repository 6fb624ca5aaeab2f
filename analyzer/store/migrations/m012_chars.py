"""How much text each arrival brought, so that its delivery can be drawn over time."""

SQL = """
ALTER TABLE gaps ADD COLUMN chars INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN first_chars INTEGER NOT NULL DEFAULT 0;
"""
