"""What happens with time: whoever scheduled it, the runner sees that it happens once."""
