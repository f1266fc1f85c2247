"""Pages, one file a part of the site. Each view parses, calls one thing, renders."""
