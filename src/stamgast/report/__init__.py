"""What people read: words in Dutch and English, figures written out, and the report page."""
