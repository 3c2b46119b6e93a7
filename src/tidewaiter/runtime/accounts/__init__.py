"""Accounts kept on disk: `keeping` the book file, `telling` events from files, `serving` the verb.

What a debt is and what an event moves is `tidewaiter.accounts`; here are files, and the shapes the
command line prints.
"""
