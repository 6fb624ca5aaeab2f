"""What random and time-ordered keys cost a real B-tree."""
