"""Ways to sign in beside the code to the phone: LINE Login and passkeys."""
