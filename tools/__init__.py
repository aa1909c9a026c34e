"""Generators and checks that developers run from the Makefile."""
