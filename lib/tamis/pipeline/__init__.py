"""Stages put in order: commits, lineage, progress, digests."""
