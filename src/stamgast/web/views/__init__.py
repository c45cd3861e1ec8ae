"""What each page asks, and the template that shows it."""
