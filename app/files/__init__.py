"""Files of networks: documents, arrays and models in, the same and tables out. Never a pickle."""
