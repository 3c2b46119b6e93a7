"""Knowing goods, with files: which model is in force, what was confirmed, and questions to both."""
