"""Systems that speak JSON over HTTP: pages come from them, records go to them."""
