"""The strategy: which rule, where, in which order.  One file per method."""
