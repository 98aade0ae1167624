"""What a record may say. pydantic checks it strictly; nothing is read or written here."""
