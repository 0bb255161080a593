"""The demo: a seeded flaky shop, three Links over it, and a story that checks itself."""
