"""Numbers as words: texts, number formats, equations and sentences."""
