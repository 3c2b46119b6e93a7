"""Scripts that make generated files: code lists and reference pages."""
