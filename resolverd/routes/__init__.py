"""File-system routing: pages in directories to routes, and the path of a request to its page."""
