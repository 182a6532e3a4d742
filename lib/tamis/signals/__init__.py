"""Text -> numbers, without thresholds: one family of signals a file."""
