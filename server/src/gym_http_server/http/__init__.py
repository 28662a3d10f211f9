"""What comes in from the network, and who may: gateway, router, access policy, serving."""
