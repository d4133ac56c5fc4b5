"""Pages that people read: templates, and what they are filled with."""
