"""What is to be made: sections, editions, the order of pages and of sheets."""
