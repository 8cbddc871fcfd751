"""The OpenAPI document of the API: made of the template's routes and of the code's models."""
