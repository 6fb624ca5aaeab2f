"""What-if on a real database: tables like the traffic's, built, measured and removed again."""
