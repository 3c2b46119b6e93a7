"""The flow (which stages, in order), and the services that the faces call."""
