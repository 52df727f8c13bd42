"""Proof that the suite can fail: implementations that are each wrong in exactly one way, and what must notice it."""
