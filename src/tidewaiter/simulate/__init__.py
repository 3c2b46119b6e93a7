"""A seeded border: honest traders, cheats, vague writers, and the truth about them."""
