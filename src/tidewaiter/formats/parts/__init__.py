"""What several formats share, and the pieces of large ones. None of these is a format itself."""
