"""What comes in: the workspace, its YAML, its pictures."""
