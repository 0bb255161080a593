"""What both faces show, as values: pages of lines, facts and tables, before they are drawn."""
