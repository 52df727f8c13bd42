"""Load against the mock, and its benchmark."""
