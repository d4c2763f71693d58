"""Checks derivations that somebody wrote, line by line."""
