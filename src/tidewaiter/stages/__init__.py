"""The way of a parcel: check, fuse, classify, link, charge, restrict, screen, score, decide.

Pure functions from batch to batch; they meet through columns and never import one another. Each
has a `CONTRACT` (`vocabulary.stage`).
"""
