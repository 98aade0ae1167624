"""What builds a report: what is current, what is made of what, who makes it, where it is kept."""
