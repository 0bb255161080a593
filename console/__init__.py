"""The two faces of Linkdeck: the command line, and what its pages share."""
