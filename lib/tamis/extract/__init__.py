"""Payload bytes -> text."""
