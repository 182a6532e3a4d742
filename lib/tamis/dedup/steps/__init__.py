"""Deduplication as Spark steps: each a function from DataFrames to a DataFrame."""
