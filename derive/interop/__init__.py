"""Expressions of other systems, in and out."""
