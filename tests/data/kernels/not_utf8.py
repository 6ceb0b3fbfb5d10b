"""True bytes, Ã©."""

OPERATION = "one"  # Æ
