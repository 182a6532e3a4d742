"""tamis: raw files in, a clean, deduplicated, tokenised corpus for language models out."""

__version__ = "0.1.0"
