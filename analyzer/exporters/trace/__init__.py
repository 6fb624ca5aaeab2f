"""What a trace in the Trace Event Format is made of."""
