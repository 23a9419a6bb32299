"""Who sees the pages: sessions, the log-in, and what every answer must carry."""
