"""What all rooms share: errors and places, identities, units, standards, frozen values."""
