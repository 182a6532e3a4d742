"""Kept text -> token ids in shard files that training frameworks read."""
