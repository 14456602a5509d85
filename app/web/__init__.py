"""The web application: routes, requests and answers. It holds no mathematics."""
