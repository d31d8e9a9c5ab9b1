"""What all tests share: hypothesis draws the same examples each time, so that a red test is red again."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
