"""A local stand-in for Chinese ID-card OCR services."""

__version__ = "0.1.0"
