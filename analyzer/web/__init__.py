"""The database and a running capture in a browser: Datasette with our plugin."""
