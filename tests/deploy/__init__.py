"""Proves what is shipped: images, manifests, and the suite as containers of the one run by the other."""
