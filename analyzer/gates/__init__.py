"""Thresholds that figures have to keep: what k6 does for load tests, for what a capture shows."""
