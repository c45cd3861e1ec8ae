"""What to do now for one profile: advice, the words of it, and what data a use case needs."""
