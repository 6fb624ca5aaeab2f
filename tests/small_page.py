"""A browser's page that nobody looks at: what it paints costs more CPU than all that it fetches."""

from playwright.sync_api import ViewportSize

SMALL: ViewportSize = {"width": 640, "height": 200}
