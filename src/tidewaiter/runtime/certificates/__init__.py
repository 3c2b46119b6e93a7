"""The certificate register on disk, what is drawn on it, and looking one up."""
