"""Texts -> evidence of repetition: which documents and spans are equal or similar."""
