"""A capture's figures for programs that keep metrics: OpenTelemetry, Prometheus, HdrHistogram."""
