"""One command of the command line a module: options, help, one call."""
