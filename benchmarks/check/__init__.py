"""How often the gradient check is wrong: clean calls of every primitive, and errors that were put in on purpose."""
