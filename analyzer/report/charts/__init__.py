"""Charts of a report: Vega-Lite by Altair, of the numbers that every renderer shows."""
