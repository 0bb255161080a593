"""`python -m console`: the same as the command `linkdeck`."""

from console.cli import main

raise SystemExit(main())
