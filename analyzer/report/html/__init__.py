"""The pages: a report in one file that opens offline."""
