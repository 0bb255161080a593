"""Everything an operator can ask for, a theme a file; where the parts are put together."""
