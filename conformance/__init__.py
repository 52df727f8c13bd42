"""The conformance suite: checks any implementation of the five ID-card OCR services against their contracts.

It knows an address, not an implementation: it has its own signers and readers, takes pictures from ``fixtures/`` and
response shapes from ``schemas/``, and never imports the mock server. See README.md beside this file.
"""
