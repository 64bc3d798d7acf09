"""The HTTP side of the product: GraphQL over HTTP and the pages around it."""
