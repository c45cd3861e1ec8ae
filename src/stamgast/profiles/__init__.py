"""What is known of a profile beside its purchases: extensions, consents, and whom one may reach."""
