"""Services about products: import a catalogue or recalls, keep a history, look a product up.

All I/O of product data is here. Files are Parquet, written beside their place and then moved there,
so that a reader sees the old file or the new one and never half of one.
"""
