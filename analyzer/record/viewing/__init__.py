"""The live view in a terminal: keys in, a screen out, while a capture grows.

``keys`` decodes what a keyboard sends (pure), ``terminal`` takes the terminal over and gives
it back, ``view`` shows a capture that grows, ``watching`` is `streamscope watch`.
"""
