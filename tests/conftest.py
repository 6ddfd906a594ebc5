"""Settings of every test: property tests never time out, and repeat exactly where CI runs them."""

import os

from hypothesis import settings

settings.register_profile("healthlint", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("healthlint")
