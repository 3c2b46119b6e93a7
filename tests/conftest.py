"""Collects which requirement each test is evidence for (see update/docs.py)."""

from __future__ import annotations
