"""Figures for the monitoring of others: OpenTelemetry, Prometheus, HdrHistogram."""
