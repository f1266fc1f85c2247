"""Authentication of REST clients."""
