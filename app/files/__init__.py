"""Opens documents, arrays and models, and saves documents and tables. It never reads a pickle."""
