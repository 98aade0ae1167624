"""Amendments to the engine, one in each module."""
