"""The database in a browser: Datasette, read-only, with links, times and charts of ours."""
