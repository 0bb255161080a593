"""Pictures of the console, drawn from the demo."""
